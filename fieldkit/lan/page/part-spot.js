// A place in a picture: tapped, or a cross moved by the arrow keys and marked with Enter. In words it works as before.
fk('spot', function (box, api) {
'use strict';
if (!document.getElementById('tap-css')) { var css = document.createElement('style'); css.id = 'tap-css'; css.textContent = '@tap.css@'; document.head.appendChild(css); }
var D = document, form = box.querySelector('form'), pic = box.querySelector('.pic'), say = box.querySelector('.spot'), radios = api.all('.o input', box), words, key, most, undo;
// Of a result only the picture is there, and nothing to tap.
if (!form) return;
words = form.querySelector('details'); key = api.data(form, 'k'); most = +api.data(say, 'most'); undo = say.querySelector('button');
var NS = 'http://www.w3.org/2000/svg', svg = D.createElementNS(NS, 'svg'), dots = D.createElementNS(NS, 'path'), cross = D.createElementNS(NS, 'path'), pad = D.createElement('button'), at = [0.5, 0.5], keys = 0, points = [], mine = api.mine(key) || [];
function inputs() { return api.all('[type=hidden][name=v]', form); }
function show() {
  dots.setAttribute('d', points.map(function (p) { return 'M' + p[0] * 100 + ' ' + p[1] * 100 + 'h0'; }).join(''));
  api.each(inputs(), function (x) { form.removeChild(x); });
  api.each(points, function (p) {
    var x = D.createElement('input');
    x.type = 'hidden'; x.name = 'v'; x.value = p.map(function (n) { return n.toFixed(3); }).join(',');
    form.appendChild(x);
  });
  undo.disabled = !points.length;
}
function aim() {
  var x = at[0] * 100, y = at[1] * 100;
  cross.setAttribute('d', keys && D.activeElement === pad ? 'M' + x + ' 0v100M0 ' + y + 'h100' : '');
}
function place(x, y) {
  // With one place to find, the next tap moves it; with several the last one is moved once all are used.
  if (points.length >= most) points.pop();
  points.push([Math.min(1, Math.max(0, x)), Math.min(1, Math.max(0, y))]);
  api.each(radios, function (r) { r.checked = false; });
  form._dirty = 1;
  show(); api.paint();
}
svg.setAttribute('viewBox', '0 0 100 100');
svg.setAttribute('preserveAspectRatio', 'none');
cross.setAttribute('class', 'cross');
svg.appendChild(dots); svg.appendChild(cross);
pad.type = 'button'; pad.className = 'pad';
pad.setAttribute('aria-label', pic.querySelector('img').alt + '. ' + say.querySelector('p').textContent);
pad.onclick = function (e) {
  var r = pad.getBoundingClientRect();
  // A click made by a key has no place of its own.
  if (e.detail) { keys = 0; at = [(e.clientX - r.left) / r.width, (e.clientY - r.top) / r.height]; }
  place(at[0], at[1]); aim();
};
pad.onkeydown = function (e) {
  var k = e.keyCode, step = e.shiftKey ? 0.01 : 0.05;
  if (k < 37 || k > 40) return;
  e.preventDefault();
  keys = 1;
  k = k % 2 ? 0 : 1;
  at[k] = Math.min(1, Math.max(0, at[k] + (e.keyCode < 39 ? -step : step)));
  aim();
};
pad.onfocus = pad.onblur = aim;
undo.onclick = function () { points.pop(); form._dirty = 1; show(); };
api.each(radios, function (r) { r.onchange = function () { points = []; show(); }; });
pic.appendChild(svg); pic.appendChild(pad);
say.hidden = false;
if (words) words.open = radios.some(function (r) { return mine.indexOf(r.value) >= 0; });
points = mine.filter(function (v) { return v.indexOf(',') > 0; }).map(function (v) { return v.split(',').map(Number); });
show();
});
