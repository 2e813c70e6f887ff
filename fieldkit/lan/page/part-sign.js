// A signature drawn by finger or mouse, sent as a short SVG path. Without a canvas the typed name is all there is.
fk('sign', function (box, api) {
'use strict';
if (!document.getElementById('tap-css')) { var css = document.createElement('style'); css.id = 'tap-css'; css.textContent = '@tap.css@'; document.head.appendChild(css); }
var D = document, W = window, field = box.querySelector('.draw'), pad = field.querySelector('canvas'), ink = pad.getContext && pad.getContext('2d'), form = field.parentNode, lines = [], line = null, value = D.createElement('input');
if (!ink) return;
value.type = 'hidden'; value.name = 'mark';
form.appendChild(value);
field.hidden = false;
function where(e) {
  var r = pad.getBoundingClientRect(), t = e.changedTouches ? e.changedTouches[0] : e;
  return [Math.round((t.clientX - r.left) / r.width * 320), Math.round((t.clientY - r.top) / r.height * 140)];
}
function path(step) {
  return lines.map(function (l) {
    return l.filter(function (p, i) { return i % step === 0 || i === l.length - 1; }).map(function (p, i) { return (i ? i > 1 ? ' ' : 'L' : 'M') + p[0] + ' ' + p[1]; }).join('');
  }).join('');
}
// Points are left out evenly until it fits on the wire.
function keep() {
  var step = 1;
  while (path(step).length > 3900 && step < 64) step++;
  value.value = path(step).length > 3900 ? '' : path(step);
  form._dirty = 1;
}
function draw() {
  ink.clearRect(0, 0, 320, 140);
  ink.strokeStyle = W.getComputedStyle(pad).color;
  ink.lineWidth = 3; ink.lineCap = ink.lineJoin = 'round';
  api.each(lines, function (l) {
    ink.beginPath();
    ink.moveTo(l[0][0], l[0][1]);
    api.each(l, function (p) { ink.lineTo(p[0], p[1]); });
    ink.stroke();
  });
}
function down(e) { e.preventDefault(); line = [where(e)]; lines.push(line); }
function move(e) {
  if (!line) return;
  e.preventDefault();
  var p = where(e), q = line[line.length - 1];
  if (Math.abs(p[0] - q[0]) + Math.abs(p[1] - q[1]) > 2) { line.push(p); draw(); }
}
function up() { if (line) { line.push([line[line.length - 1][0] + 1, line[line.length - 1][1]]); line = null; draw(); keep(); } }
var kinds = W.PointerEvent ? ['pointerdown', 'pointermove', 'pointerup', 'pointercancel'] : 'ontouchstart' in W ? ['touchstart', 'touchmove', 'touchend', 'touchcancel'] : ['mousedown', 'mousemove', 'mouseup', 'mouseup'];
pad.addEventListener(kinds[0], down);
W.addEventListener(kinds[1], move);
W.addEventListener(kinds[2], up);
W.addEventListener(kinds[3], up);
field.querySelector('button').onclick = function () { lines = []; draw(); keep(); };
});
