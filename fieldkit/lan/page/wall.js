// The projector's side: show the newest fragment, count down, come back by itself.
(function () {
'use strict';
var D = document, L = D.getElementById('live'), bar = D.getElementById('bar'), es = null, last = 0, until = 0;
function now() { return new Date().getTime(); }
function timer() { var x = L.querySelector('.left'); until = x ? now() + +x.getAttribute('data-left') : 0; }
function heard() { last = now(); bar.hidden = true; }
function connect() {
  last = now();
  es = new EventSource('/wall/events');
  es.onmessage = function (e) { heard(); L.innerHTML = e.data; timer(); };
  es.addEventListener('beat', heard);
  es.onerror = function () { es.close(); es = null; bar.hidden = false; setTimeout(connect, 1000 + Math.random() * 1000); };
}
setInterval(function () {
  var x = L.querySelector('.left'), s;
  if (x && until) { s = Math.max(0, Math.ceil((until - now()) / 1000)); x.textContent = (s / 60 | 0) + ':' + ('0' + s % 60).slice(-2); }
  if (es && now() - last > 40000) { es.close(); es = null; bar.hidden = false; connect(); }
}, 500);
timer();
connect();
}());
