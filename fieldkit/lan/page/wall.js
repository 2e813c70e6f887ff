// The projector's side: show the newest fragment, count down, come back by itself.
(function () {
'use strict';
var D = document, L = D.getElementById('live'), bar = D.getElementById('bar'), es = null, last = 0, until = 0;
function now() { return new Date().getTime(); }
function timer() { var x = L.querySelector('.left'); until = x ? now() + +x.getAttribute('data-left') : 0; }
// As large as it fits: type gets smaller in two steps, never below 4 % of the height; then the QR code gives its place, then pictures.
function fit() {
  var m = D.getElementById('w-main'), k;
  for (k = 0; k < 5; k++) {
    L.className = 't' + k + (k > 3 ? ' t3' : '');
    if (m.scrollHeight <= m.clientHeight + 1 && m.scrollWidth <= m.clientWidth + 1) break;
  }
}
function heard() { last = now(); bar.hidden = true; }
function connect() {
  last = now();
  es = new EventSource('/wall/events');
  es.onmessage = function (e) { heard(); L.innerHTML = e.data; timer(); fit(); };
  es.addEventListener('beat', heard);
  es.onerror = function () { es.close(); es = null; bar.hidden = false; setTimeout(connect, 1000 + Math.random() * 1000); };
}
setInterval(function () {
  var x = L.querySelector('.left'), s;
  if (x && until) { s = Math.max(0, Math.ceil((until - now()) / 1000)); x.textContent = (s / 60 | 0) + ':' + ('0' + s % 60).slice(-2); }
  if (es && now() - last > 40000) { es.close(); es = null; bar.hidden = false; connect(); }
}, 500);
window.addEventListener('resize', fit);
// A picture has its size only when it is there.
D.addEventListener('load', fit, true);
timer();
fit();
connect();
}());
