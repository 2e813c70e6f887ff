// The phone's side: outbox, marks, live stream. ES5, no library; works on an insecure origin and in private mode.
// An answer leaves the outbox only when its own id was answered. Everything shown comes from the laptop's fragment;
// this script adds what is personal (my answers, my slots) and says how saving goes. What is rarer stands in parts.
(function () {
'use strict';
var D = document, W = window, B = D.body, L = D.getElementById('live'), bar = D.getElementById('bar'), tell = D.getElementById('tell'), rest = D.getElementById('rest');
function data(x, n) { return x.getAttribute('data-' + n) || ''; }
var T = JSON.parse(data(B, 'w')), M = JSON.parse(data(B, 'me')), as = data(B, 'as'), me = as ? 'as=' + as : '', key = 'fk_' + data(B, 'sid') + M.p, store = null;
var box = [], marks = {}, parts = {}, asked = {}, busy = 0, es = null, fails = 0, again = 0, retry = 0, polls = 0, hide = 0, last = 0, taken = 0, paper = '', tag = data(B, 'h');
try { store = W.localStorage; } catch (e) {}
// Plain forms need a Referer to have an Origin; this script's own requests do not, and 30 bytes less go up.
var meta = D.createElement('meta'); meta.name = 'referrer'; meta.content = 'no-referrer'; D.head.appendChild(meta);

function each(list, f) { for (var i = 0; i < list.length; i++) f(list[i], i); }
function all(q, root) { return [].slice.call((root || D).querySelectorAll(q)); }
function now() { return new Date().getTime(); }
function top(n) { var t = D.getElementById('b-top'); return t ? data(t, n) : ''; }
function wait() { return Math.random() * Math.min(5000, +top('ms') || 2000); }
function home() { location.replace('/?' + me); }

// ---- what is kept: one entry an intent (key + 'o' + order) and one a mark (key + 'm' + question). Tabs share them, so
// each is written, read and taken away by itself; without a store the same lists live in memory.
function write(n, v) {
  try {
    if (v) store.setItem(key + n, JSON.stringify(v));
    else store.removeItem(key + n);
    return 1;
  } catch (e) { return 0; }
}
function load() {
  var have = {}, i, n, v;
  try {
    for (i = 0; i < store.length; i++) {
      n = store.key(i);
      if (n.indexOf(key) || !(v = read(store.getItem(n)))) continue;
      n = n.slice(key.length);
      if (n.charAt(0) === 'o') have[n.slice(1)] = v;
      else marks[n.slice(1)] = v;
    }
    // What this tab had kept and is gone was answered in another one.
    box = box.filter(function (e) { var o = have[e.o]; delete have[e.o]; return o || !e.s; });
    for (n in have) if (have[n].b && have[n].k) { have[n].s = 1; have[n].o = n; box.push(have[n]); }
  } catch (e) {}
  box.sort(function (a, b) { return a.o < b.o ? -1 : 1; });
}
function read(s) { try { return JSON.parse(s); } catch (e) {} }
function keep(e) { e.s = write('o' + e.o, e); }
function drop(e) { box = box.filter(function (x) { return x.o !== e.o; }); write('o' + e.o); }
function pending(k) {
  for (var i = box.length - 1; i >= 0; i--) if (box[i].k === k) return box[i].b;
}
function mark(k, what, words, title, v) {
  var m = marks[k];
  if (!m || m[1] !== words) tell.textContent = words;
  m = marks[k] = [what, words, title, v];
  // Other tabs hear of every mark; only what was too late stays.
  if (what !== 'kept') { write('m' + k, m); if (what !== 'late') write('m' + k); }
}

// ---- outbox: in order, one in flight
function put(k, b, f) {
  var a = new Uint8Array(16), s = '', i, x = f && f.parentNode.querySelector('h1'), t = now() + '';
  load();
  (W.crypto || W.msCrypto).getRandomValues(a);
  for (i = 0; i < 16; i++) s += String.fromCharCode(a[i]);
  b.id = btoa(s).replace(/\+/g, '-').replace(/\//g, '_').slice(0, 22);
  if (as) b.as = as;
  if (/^(answer|language|hand|rename|tempo)$/.test(b.kind))
    each(box.slice(), function (e) { if (e.k === k && !e.tried) drop(e); });
  if (box.length && box[box.length - 1].o >= t) t = +box[box.length - 1].o.slice(0, 13) + 1 + '';
  x = { o: t + b.id, k: k, b: b, t: x ? x.textContent : '' };
  box.push(x);
  keep(x); write('m' + k); mark(k, 'kept', T.kept); paint(); pump();
}
function pump() {
  if (busy) return;
  clearTimeout(again);
  load();
  var e = box[0];
  if (!e) return;
  e.tried = busy = 1;
  keep(e);
  ask('POST', '/v1/intents', JSON.stringify(e.b), function (status, r) {
    busy = 0;
    if (status === 200 || status === 400 || status === 413) {
      drop(e);
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
    paint();
  });
}
function answered(e, r) {
  var b = e.b, good = r.result === 'accepted' || r.result === 'already', late = r.reason === 'closed', kind = b.kind;
  if (!pending(e.k)) {
    if (good) mark(e.k, 'saved', T.saved, '', b.v);
    else mark(e.k, late ? 'late' : 'no', late ? T.late : '✕ ' + (r.words || T.no), e.t);
  }
  if (!good) return;
  if (/^(answer|tempo|ack|here)$/.test(kind)) { M.mine[e.k] = b.v || [kind]; M.text[e.k] = b.text; M.sure[e.k] = b.sure; }
  if (kind === 'say') { M.own.push(r.saved); each(all('form'), function (f) { var t = f.elements.text; if (data(f, 'k') === e.k && t && t.value === b.text) t.value = ''; }); }
  if (kind === 'up') M.up.push(b.ref);
  if (kind === 'hand') M.hand = b.up;
  if (kind === 'join' && r.p) me = 'as=' + r.p;
  if (/^(language|leave|rename|object|join)$/.test(kind) || e.k === 'here') home();
}

// ---- what is personal, put into what is shared
function paint() {
  var shown = {}, lines = '';
  each(all('[data-f]'), function (x) { var s = M.f && M.f[data(x, 'f')]; if (s !== undefined && x._f !== s) x.innerHTML = x._f = s; });
  each(all('form[data-k]'), function (f) {
    var k = data(f, 'k'), mine = M.mine[k], b = pending(k), m = marks[k], el = f.querySelector('.mark'), ref = +data(f, 'ref'), v = b ? b.v || [] : mine || [], n = 0, x = f.elements.text, up;
    shown[k] = 1;
    each(f.elements, function (x) {
      var on = v.indexOf(x.value) >= 0, t = x.type;
      if (x.name === 'sure') on = x.value === (b ? b.sure : M.sure[k]);
      else if (x.name !== 'v') return;
      if (t === 'submit') x.setAttribute('aria-pressed', on);
      else if (t === 'checkbox' || t === 'radio') {
        if (!f._dirty) x.checked = on;
        x.parentNode.className = x.parentNode.className.replace(/\son\b/, '') + (x.checked ? ' on' : '');
      } else if (t !== 'hidden') {
        if (!f._dirty) each(x.options || [], function (o) { if (o.value === v[n] || o.value.indexOf('=') > 0 && v.indexOf(o.value) >= 0) o.selected = true; });
        if (!f._dirty && !x.options && v[n]) x.value = v[n];
        n++;
      }
    });
    if (x && !f._dirty && M.text[k] && !x.value) x.value = M.text[k];
    if (el) {
      if (!m && mine) m = ['saved', T.saved];
      el.className = 'mark ' + (m ? m[0] : '');
      if (el.textContent !== (m ? m[1] : '')) el.textContent = m ? m[1] : '';
    }
    if (k.indexOf('attendance/') === 0) f.querySelector('button').disabled = !!(mine || b);
    if (ref && (x = f.querySelector('button'))) {
      up = M.up.indexOf(ref) >= 0 || !!b;
      x.disabled = up || M.own.indexOf(ref) >= 0;
      x.setAttribute('aria-pressed', up);
    }
  });
  each(all('button[name=up]'), function (x) { x.value = M.hand ? '0' : '1'; x.textContent = data(x, M.hand ? 'on' : 'off'); });
  var f = D.querySelector('footer');
  if (f) f.hidden = top('s') === 'bye';
  // An answer whose question is not on the page any more still says what became of it.
  function line(what, words, title) { var p = D.createElement('p'); p.className = 'mark ' + what; p.textContent = words + (title ? ': ' + title : ''); lines += p.outerHTML; }
  each(box, function (e) { if (!shown[e.k] && e.t) line('kept', T.kept, e.t); });
  for (var k in marks) if (!shown[k] && marks[k][0] === 'late') line('late', marks[k][1], marks[k][2]);
  if (rest._h !== lines) rest.innerHTML = rest._h = lines;
  each(all('[data-part]'), function (x) {
    var n = data(x, 'part');
    if (!parts[n]) need(n);
    else if (!x._on) { x._on = 1; parts[n](x, api); }
    if (x._paint) x._paint();
  });
}
// A part stands in the page or comes as text; as an inline script the page's policy knows it by its hash.
function need(n) {
  if (asked[n] || D.getElementById('p-' + n)) return;
  asked[n] = 1;
  ask('GET', '/part/' + n + '?' + data(B, 'p'), null, function (status, r, text) {
    var s = D.createElement('script');
    asked[n] = 0;
    if (status !== 200) return;
    s.id = 'p-' + n;
    s.text = text;
    D.head.appendChild(s);
  });
}
var api = { all: all, each: each, data: data, words: T, mine: function (k) { var b = pending(k); return b ? b.v : M.mine[k]; }, paint: paint };
W.fk = function (n, f) { parts[n] = f; paint(); };
// Children of the fragment that did not change stay where they are: focus, typing and a screen reader's place survive.
function draw(html) {
  var t = D.createElement('div'), kids, at, next, was = D.activeElement, k = was && was.form && data(was.form, 'k');
  t.innerHTML = html;
  kids = [].slice.call(t.children);
  each(kids, function (x, i) {
    var old = D.getElementById(x.id);
    x._h = x.outerHTML;
    if (!old || old.parentNode !== L) return;
    // A question's block says the same as long as its round runs: it is never exchanged under somebody's thumb.
    if (old._h === x._h || /^q-/.test(old.id)) { old._h = x._h; kids[i] = old; }
    else if (old.open) x.open = true;
  });
  each([].slice.call(L.children), function (x) { if (kids.indexOf(x) < 0) L.removeChild(x); });
  at = L.firstChild;
  each(kids, function (x) {
    while (at && at.nodeType !== 1) { next = at.nextSibling; L.removeChild(at); at = next; }
    if (at === x) at = at.nextSibling;
    else L.insertBefore(x, at);
  });
  paint();
  if (k && !D.contains(was)) each(all('form'), function (f) { if (data(f, 'k') === k && f.elements[was.name]) f.elements[was.name].focus(); });
  // The laptop may be gone soon after the goodbye: the receipt is here before anybody asks for it.
  if (top('s') === 'bye' && !paper) setTimeout(function () { ask('GET', '/v1/receipt?' + me, null, function (status, r, text) { if (status === 200) paper = text; }); }, wait());
}
setInterval(function () {
  each(all('.left'), function (x) {
    x._u = x._u || now() + +data(x, 'left');
    var s = Math.max(0, Math.ceil((x._u - now()) / 1000)), t = (s / 60 | 0) + ':' + ('0' + s % 60).slice(-2);
    if (x.textContent !== t) x.textContent = t;
  });
  if (es && now() - last > 40000) { shut(); lost(); }
}, 500);

// ---- the stream, and polling without it
function ask(method, path, body, done) {
  var x = new XMLHttpRequest(), over = 0;
  function end(status) {
    if (over) return;
    over = 1;
    var r = read(x.responseText);
    // A 200 that is not ours is somebody's captive portal.
    done(status === 200 && !r && (body || /once/.test(path)) ? 0 : status, r, x.responseText);
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
function say(words) { if (bar.textContent !== words) bar.textContent = words; bar.hidden = false; }
// The laptop goes home after the goodbye: that is no trouble, unless an answer is still here.
function offline() { if (top('s') !== 'bye' || box.length) say(T.off); }
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
    ask('GET', '/v1/events?once=1&' + me, null, function (status, r) {
      if (status === 401) location.reload();
      else if (status === 200) { online(); M = r.me; draw(r.html); pump(); retry = setTimeout(connect, 3000); }
      else lost();
    });
    return;
  }
  last = now();
  es = new EventSource('/v1/events?' + me + (tag ? '&h=' + tag : ''));
  tag = '';
  es.onmessage = function (e) { heard(); draw(e.data); };
  es.addEventListener('me', function (e) { heard(); M = JSON.parse(e.data); paint(); pump(); });
  es.addEventListener('beat', heard);
  es.addEventListener('gone', function () { location.reload(); });
  es.addEventListener('taken', function () { shut(); taken = 1; say(T.taken); });
  es.onerror = function () { shut(); lost(); };
}
function wake() {
  clearTimeout(hide);
  hide = 0;
  if (D.hidden) { hide = setTimeout(function () { hide = -1; shut(); }, 60000); return; }
  if (taken) { taken = 0; online(); }
  if (es && now() - last > 20000) shut();
  fails = Math.min(fails, 3);
  connect();
  clearTimeout(again);
  pump();
}

// ---- what people do
var pressed = null;
D.addEventListener('click', function (e) {
  var x = e.target, p;
  while (x && x !== D && x.tagName !== 'BUTTON' && x.id !== 'receipt') x = x.parentNode;
  if (x && x.form) pressed = x;
  if (x && x.id === 'receipt' && paper) {
    e.preventDefault();
    p = D.createElement('pre');
    p.textContent = paper;
    x.parentNode.replaceChild(p, x);
  }
}, true);
D.addEventListener('input', function (e) { if (e.target.form) e.target.form._dirty = 1; });
D.addEventListener('change', function (e) { if (e.target.form) e.target.form._dirty = 1; paint(); });
D.addEventListener('submit', function (e) {
  var f = e.target, k = data(f, 'k'), b = {}, v = [], x = pressed && pressed.form === f ? pressed : null;
  if (!k) return;
  e.preventDefault();
  each(f.elements, function (i) {
    if (!i.name || i.name === 'form' || i.name === 'as' || (/^(checkbox|radio)$/.test(i.type) && !i.checked) || (i.tagName === 'BUTTON' && i !== x)) return;
    if (i.name === 'v') { if (i.value) v.push(i.value); }
    else if (i.name === 'up') b.up = i.value === '1';
    else if (i.name === 'round' || i.name === 'ref') b[i.name] = +i.value;
    else if (i.value) b[i.name] = i.value;
  });
  pressed = null;
  if (v.length) b.v = b.kind === 'tempo' ? v[0] : v;
  if (b.kind === 'answer' && !b.v && !b.text) return;
  f._dirty = 0;
  put(k, b, f);
  if (f.parentNode._next) f.parentNode._next(f);
});
each(['pageshow', 'online', 'focus'], function (n) { W.addEventListener(n, wake); });
D.addEventListener('visibilitychange', wake);
W.addEventListener('storage', function (e) {
  if (!e.key || e.key.indexOf(key)) return;
  // Another tab had the answer: what it heard is true here too.
  var m = read(e.newValue), k = e.key.slice(key.length + 1);
  if (m && e.key.charAt(key.length) === 'm') { marks[k] = m; if (m[3]) M.mine[k] = m[3]; }
  load(); paint();
});
load(); draw(L.innerHTML); wake();
}());
