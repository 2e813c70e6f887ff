// The shared tablet's side: forms go out again by themselves while the laptop is away, a turn ends when nobody taps,
// the badge field waits for the scanner. ES5; without it the same forms work by themselves.
(function () {
'use strict';
var D = document, W = window, B = D.body, bar = D.getElementById('bar'), state = B.getAttribute('data-state');
var until = now() + (+B.getAttribute('data-left') || 0), busy = 0, badge = D.getElementById('badge'), room = D.getElementById('now'), shown = '';
function now() { return new Date().getTime(); }
function go() { location.replace('/kiosk'); }
// Away from a person's page as soon as the laptop answers; until then nothing of them stays on the screen.
function leave() {
  busy = 1;
  var m = D.querySelector('main'), f = D.querySelector('footer');
  if (m) m.textContent = '';
  if (f) f.textContent = '';
  ask('GET', '/kiosk/now', null, function (status) { if (status) go(); else { off(true); setTimeout(leave, 2000); } });
}
function off(on, words) { bar.hidden = !on; bar.textContent = on ? words || B.getAttribute('data-off') : ''; }
function clock(ms) { var s = Math.max(0, Math.ceil(ms / 1000)); return (s / 60 | 0) + ':' + ('0' + s % 60).slice(-2); }
function ask(method, url, body, done) {
  var x = new XMLHttpRequest(), r = null;
  x.open(method, url);
  x.timeout = 5000;
  x.setRequestHeader('Accept', 'application/json');
  if (body) x.setRequestHeader('Content-Type', 'application/x-www-form-urlencoded');
  x.onloadend = function () { try { r = JSON.parse(x.responseText); } catch (e) { r = null; } done(x.status, r); };
  x.send(body);
}
function said(f, by) {
  var out = [], i, el;
  for (i = 0; i < f.elements.length; i++) {
    el = f.elements[i];
    if (!el.name || el.disabled || (/^(submit|button)$/.test(el.type) && el !== by) || (/^(checkbox|radio)$/.test(el.type) && !el.checked)) continue;
    out.push(encodeURIComponent(el.name) + '=' + encodeURIComponent(el.value));
  }
  return out.join('&');
}
function send(body) {
  busy = 1;
  ask('POST', '/kiosk', body, function (status, r) {
    if (status === 200 || status === 400 || status === 403) { go(); return; }
    off(true, status && r && r.words);
    if (status === 413) { busy = 0; return; }
    setTimeout(function () { send(body); }, 2000);
  });
}
var by = null;
D.addEventListener('click', function (e) {
  var t = e.target;
  while (t && t.nodeName !== 'BUTTON') t = t.parentNode;
  by = t;
});
D.addEventListener('submit', function (e) {
  var f = e.target, button = e.submitter || (by && by.form === f ? by : null);
  e.preventDefault();
  if (!busy) send(said(f, button));
});
// The page of the one before must not come back with the Back button, whatever the browser keeps.
W.addEventListener('pageshow', function (e) { if (e.persisted) location.reload(); });

if (badge) {
  D.addEventListener('keydown', function (e) {
    var a = D.activeElement;
    if (e.key && e.key.length === 1 && (!a || a === B)) badge.focus();
  });
}
function look() {
  if (busy) { setTimeout(look, 1000); return; }
  ask('GET', '/kiosk/now', null, function (status, r) {
    off(!status);
    if (status === 403 || (r && r.state !== state && !busy)) { go(); return; }
    if (r && room && shown !== r.html) { shown = r.html; room.innerHTML = shown; }
    setTimeout(look, 3000);
  });
}
setInterval(function () {
  var left = until - now(), ends = D.getElementById('ends');
  if (state === 'turn' && ends) {
    ends.hidden = left > 30000;
    if (!ends.hidden) ends.textContent = ends.getAttribute('data-say').replace('{}', clock(left));
  }
  if ((state === 'turn' || state === 'saved') && left <= 0 && !busy) leave();
}, 500);
if (state === 'saved') D.addEventListener('click', function (e) { if (e.target.nodeName !== 'BUTTON') go(); });
if (state === 'badge' || state === 'end') look();
else setInterval(function () { ask('GET', '/kiosk/now', null, function (status) { off(!status && !busy); if (status === 403) go(); }); }, 8000);
}());
