// The phone's side: outbox, marks, live stream. ES5, no library; works on an insecure origin and in private mode.
// An answer leaves the outbox only when its own id was answered. Everything shown comes from the laptop's fragment;
// this script adds what is personal (my answer, my name) and says how saving goes.
(function () {
'use strict';
var D = document, W = window, B = D.body, L = D.getElementById('live'), bar = D.getElementById('bar'), tell = D.getElementById('tell');
function data(n) { return JSON.parse(B.getAttribute('data-' + n)); }
var T = data('w'), M = data('me'), key = 'fk_' + B.getAttribute('data-sid') + M.p;
var box = [], marks = {}, busy = 0, es = null, fails = 0, again = 0, retry = 0, polls = 0, hide = 0, last = 0, taken = 0, until = 0, tag = B.getAttribute('data-h');
// Plain forms need a Referer to have an Origin; this script's own requests do not, and 30 bytes less go up.
var meta = D.createElement('meta'); meta.name = 'referrer'; meta.content = 'no-referrer'; D.head.appendChild(meta);

function each(list, f) { for (var i = 0; i < list.length; i++) f(list[i], i); }
function all(q, root) { return (root || D).querySelectorAll(q); }
function now() { return new Date().getTime(); }
function top() { return D.getElementById('b-top'); }
function wait() { var t = top(); return Math.random() * Math.min(5000, t && +t.getAttribute('data-ms') || 2000); }
function load() {
  try { var s = JSON.parse(localStorage.getItem(key)); if (s) { box = s.box || []; marks = s.marks || {}; } } catch (e) {}
}
function keep() {
  var late = {};
  for (var k in marks) if (marks[k][0] === 'late') late[k] = marks[k];
  try { localStorage.setItem(key, JSON.stringify({ box: box, marks: late })); } catch (e) {}
}
function newId() {
  var a = new Uint8Array(16), s = '', i;
  (W.crypto || W.msCrypto).getRandomValues(a);
  for (i = 0; i < 16; i++) s += String.fromCharCode(a[i]);
  return btoa(s).replace(/\+/g, '-').replace(/\//g, '_').slice(0, 22);
}

// ---- outbox: in order, one in flight
function put(k, body) {
  var i;
  body.id = newId();
  if (/^(answer|language|hand|rename)$/.test(body.kind))
    for (i = box.length - 1; i >= 0; i--) if (box[i].k === k && !box[i].tried) box.splice(i, 1);
  box.push({ k: k, b: body });
  mark(k, 'kept', T.kept);
  keep(); paint(); pump();
}
function pump() {
  if (busy || !box.length) return;
  clearTimeout(again);
  var e = box[0];
  e.tried = busy = 1;
  keep();
  ask('POST', '/v1/intents', JSON.stringify(e.b), function (status, r) {
    busy = 0;
    if (status === 200 || status === 400 || status === 413) {
      for (var i = 0; i < box.length; i++) if (box[i].b.id === e.b.id) box.splice(i, 1);
      answered(e, r || {});
      if (status === 200) online();
      again = setTimeout(pump, 0);
    } else if (status === 401) {
      location.reload();
    } else {
      if (status) mark(e.k, 'kept', r && r.words || T.kept);
      else offline();
      again = setTimeout(pump, status === 429 ? 4000 : wait());
    }
    keep(); paint();
  });
}
function answered(e, r) {
  var b = e.b, good = r.result === 'accepted' || r.result === 'already', v = b.v, late = r.reason === 'closed';
  if (!good) {
    if (!pending(e.k)) mark(e.k, late ? 'late' : 'no', late ? T.late : '✕ ' + (r.words || T.no));
    return;
  }
  if (!pending(e.k)) mark(e.k, 'saved', T.saved);
  if (b.kind === 'answer') { M.mine[e.k] = v || []; if (b.text) M.text[e.k] = b.text; }
  if (b.kind === 'ack') { M.mine[e.k] = []; M.text[e.k] = b.text; }
  if (b.kind === 'here') M.mine[e.k] = ['here'];
  if (b.kind === 'say') { M.own.push(r.saved); clear(e.k, b.text); }
  if (b.kind === 'up') M.up.push(b.ref);
  if (b.kind === 'hand') M.hand = b.up;
  if (b.kind === 'rename') M.f.name = b.name;
  if (b.kind === 'language' || b.kind === 'leave' || e.k === 'here') location.replace('/');
}
function pending(k) {
  for (var i = box.length - 1; i >= 0; i--) if (box[i].k === k) return box[i].b;
}
function clear(k, text) {
  each(all('form[data-k]'), function (f) {
    var t = f.getAttribute('data-k') === k && f.elements.text;
    if (t && t.value === text) t.value = '';
  });
}
function mark(k, what, words) {
  var was = marks[k] && marks[k][1];
  marks[k] = [what, words];
  if (was !== words) tell.textContent = words;
}

// ---- what is personal, put into what is shared
function paint() {
  each(all('[data-f]'), function (x) { var s = M.f[x.getAttribute('data-f')] || '', d = x.parentNode.parentNode; x.textContent = s; if (d.tagName === 'DIV') d.hidden = !s; });
  var f = D.querySelector('footer'), t = top();
  if (f) f.hidden = t && t.getAttribute('data-s') === 'bye';
  each(all('form[data-k]'), function (f) {
    var k = f.getAttribute('data-k'), mine = M.mine[k], b = pending(k), m = marks[k], el = f.querySelector('.mark'), ref = +f.getAttribute('data-ref');
    var v = b && b.v || mine || [];
    each(all('button[name=v]', f), function (x) { x.setAttribute('aria-pressed', v.indexOf(x.value) >= 0); });
    each(all('input[type=checkbox]', f), function (x) {
      if (!f._dirty) x.checked = v.indexOf(x.value) >= 0;
      x.parentNode.className = x.parentNode.className.replace(/\son\b/, '') + (x.checked ? ' on' : '');
    });
    if (f.elements.text && !f._dirty && M.text[k] && !f.elements.text.value) f.elements.text.value = M.text[k];
    if (el) {
      if (!m && mine) m = ['saved', T.saved];
      el.className = 'mark ' + (m ? m[0] : '');
      el.textContent = m ? m[1] : '';
    }
    if (k.indexOf('attendance/') === 0) f.querySelector('button').disabled = !!(mine || b);
    if (ref) {
      var up = M.up.indexOf(ref) >= 0 || !!b, btn = f.querySelector('button');
      if (btn) { btn.disabled = up || M.own.indexOf(ref) >= 0; btn.setAttribute('aria-pressed', up); }
    }
  });
  each(all('button[name=up]'), function (x) { x.value = M.hand ? '0' : '1'; x.textContent = x.getAttribute(M.hand ? 'data-on' : 'data-off'); });
  each(all('[data-r]'), function (s) {
    var p = s.querySelector('.yours'), v = M.mine[s.getAttribute('data-r')], out = [];
    each(all('[data-o]', s), function (x) { if (v && v.indexOf(x.getAttribute('data-o')) >= 0) out.push(x.querySelector('i').textContent); });
    if (out.length) p.textContent = p.getAttribute('data-say').replace('{}', out.join(', '));
  });
}
// Children of the fragment that did not change stay where they are: focus, typing and a screen reader's place survive.
function draw(html) {
  var t = D.createElement('div'), kids, at, next, old, i;
  t.innerHTML = html;
  kids = [].slice.call(t.children);
  for (i = 0; i < kids.length; i++) {
    kids[i]._h = kids[i].outerHTML;
    old = D.getElementById(kids[i].id);
    // A question's block says the same as long as its round runs: it is never exchanged under somebody's thumb.
    if (old && old.parentNode === L && (old._h === kids[i]._h || /^q-/.test(old.id))) {
      old._h = kids[i]._h;
      kids[i] = old;
    }
  }
  each([].slice.call(L.children), function (x) { if (kids.indexOf(x) < 0) L.removeChild(x); });
  at = L.firstChild;
  for (i = 0; i < kids.length; i++) {
    while (at && at.nodeType !== 1) { next = at.nextSibling; L.removeChild(at); at = next; }
    if (at === kids[i]) at = at.nextSibling;
    else L.insertBefore(kids[i], at);
  }
  var left = L.querySelector('.left');
  until = left ? now() + +left.getAttribute('data-left') : 0;
  paint();
}
setInterval(function () {
  var x = L.querySelector('.left'), s;
  if (x && until) {
    s = Math.max(0, Math.ceil((until - now()) / 1000));
    x.textContent = (s / 60 | 0) + ':' + ('0' + s % 60).slice(-2);
  }
  if (es && now() - last > 40000) { shut(); lost(); }
}, 1000);

// ---- the stream, and polling without it
function ask(method, path, body, done) {
  var x = new XMLHttpRequest(), over = 0;
  function end(status) {
    if (over) return;
    over = 1;
    var r = null;
    try { r = JSON.parse(x.responseText); } catch (e) {}
    done(status === 200 && !r ? 0 : status, r);
  }
  x.open(method, path);
  x.timeout = 3000;
  x.setRequestHeader('Accept-Language', '*');
  x.onload = function () { end(x.status); };
  x.onerror = x.ontimeout = x.onabort = function () { end(0); };
  // A Blob without a type sends no Content-Type: the laptop takes it as JSON, and 30 bytes less go up.
  x.send(body ? new Blob([body]) : null);
}
function online() { bar.hidden = true; }
function offline() {
  var t = top();
  // The laptop goes home after the goodbye: that is no trouble, unless an answer is still here.
  if (t && t.getAttribute('data-s') === 'bye' && !box.length) return;
  bar.textContent = T.off; bar.hidden = false;
}
function shut() { if (es) es.close(); es = null; }
function lost() {
  fails++;
  if (fails > 1) offline();
  clearTimeout(retry);
  retry = setTimeout(connect, fails > 3 ? 3000 : wait());
}
function heard() { last = now(); fails = 0; online(); }
function connect() {
  clearTimeout(retry);
  if (es || taken || M.left || (D.hidden && hide < 0)) return;
  if (!W.EventSource || (fails > 3 && ++polls % 5)) {
    ask('GET', '/v1/events?once=1', null, function (status, r) {
      if (status === 401) location.reload();
      else if (status === 200) { online(); M = r.me; draw(r.html); retry = setTimeout(connect, 3000); }
      else lost();
    });
    return;
  }
  last = now();
  es = new EventSource('/v1/events' + (tag ? '?h=' + tag : ''));
  tag = '';
  es.onmessage = function (e) { heard(); draw(e.data); };
  es.addEventListener('me', function (e) { heard(); M = JSON.parse(e.data); paint(); pump(); });
  es.addEventListener('beat', heard);
  es.addEventListener('gone', function () { location.reload(); });
  es.addEventListener('taken', function () { shut(); taken = 1; bar.textContent = T.taken; bar.hidden = false; });
  es.onerror = function () { shut(); lost(); };
}
function wake() {
  clearTimeout(hide);
  hide = 0;
  if (D.hidden) { hide = setTimeout(function () { hide = -1; shut(); }, 60000); return; }
  if (taken) { taken = 0; bar.hidden = true; }
  if (es && now() - last > 20000) shut();
  fails = Math.min(fails, 3);
  connect();
  clearTimeout(again);
  pump();
}

// ---- what people do
var pressed = null;
D.addEventListener('click', function (e) {
  var x = e.target;
  while (x && x !== D && x.tagName !== 'BUTTON') x = x.parentNode;
  if (x && x.form) pressed = x;
}, true);
D.addEventListener('input', function (e) { if (e.target.form) { e.target.form._dirty = 1; } });
D.addEventListener('change', function (e) { if (e.target.type === 'checkbox') paint(); });
D.addEventListener('submit', function (e) {
  var f = e.target, k = f.getAttribute('data-k'), b = {}, v = [], x = pressed && pressed.form === f ? pressed : null;
  if (!k) return;
  e.preventDefault();
  each(f.elements, function (i) {
    if (!i.name || i.name === 'form' || (i.type === 'checkbox' && !i.checked) || (i.tagName === 'BUTTON' && i !== x)) return;
    if (i.name === 'v') v.push(i.value);
    else if (i.name === 'up') b.up = i.value === '1';
    else if (i.name === 'round' || i.name === 'ref') b[i.name] = +i.value;
    else if (i.value) b[i.name] = i.value;
  });
  pressed = null;
  if (v.length) b.v = v;
  if (b.kind === 'answer' && !b.v && !b.text) return;
  f._dirty = 0;
  put(k, b);
});
each(['pageshow', 'online', 'focus'], function (n) { W.addEventListener(n, wake); });
D.addEventListener('visibilitychange', wake);
load(); draw(L.innerHTML); wake();
}());
