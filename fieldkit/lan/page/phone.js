// The phone's side: outbox, marks, live stream. ES5, no library; works on an insecure origin and in private mode.
// An answer leaves the outbox only when its own id was answered. Everything shown comes from the laptop's fragment;
// this script adds what is personal (my answers, my slots) and says how saving goes. What is rarer stands in parts.
(function () {
'use strict';
var parts = {};
// Parts stand behind this script or come later; each says its name.
window.fk = function (n, f) { parts[n] = f; if (parts.go) parts.go(); };
document.addEventListener('DOMContentLoaded', function () {
var D = document, W = window, B = D.body, L = D.getElementById('live'), bar = D.getElementById('bar'), tell = D.getElementById('tell');
function data(x, n) { return x.getAttribute('data-' + n) || ''; }
var T = read(data(B, 'w')), M = read(data(B, 'me')), as = data(B, 'as'), me = as ? 'as=' + as : '', key = 'fk_' + data(B, 'sid') + M.p, tag = data(B, 'h'), store, es, taken, busy, pressed;
var box = [], marks = {}, asked = {}, fails = 0, again = 0, retry = 0, polls = 0, hide = 0, last = 0;
try { store = W.localStorage; } catch (e) {}
// Plain forms need a Referer to have an Origin; this script's own requests do not, and 30 bytes less go up.
var meta = D.createElement('meta'); meta.name = 'referrer'; meta.content = 'no-referrer'; D.head.appendChild(meta);

function each(list, f) { for (var i = 0; i < list.length; i++) f(list[i], i); }
function all(q, root) { return [].slice.call((root || D).querySelectorAll(q)); }
function read(s) { try { return JSON.parse(s); } catch (e) {} }
function now() { return new Date().getTime(); }
function top(n) { var t = D.getElementById('b-top'); return t ? data(t, n) : ''; }
function wait() { return Math.random() * Math.min(5000, +top('ms') || 2000); }

// ---- what is kept: one entry an intent (key + 'o' + order) and one a mark (key + 'm' + question). Tabs share them, so
// each is written, read and taken away by itself; without a store the same lists live in memory.
function write(n, v) {
  try {
    if (v) store.setItem(key + n, JSON.stringify(v));
    else store.removeItem(key + n);
    return 1;
  } catch (e) {}
}
function load() {
  var have = {}, i, n, v;
  try {
    for (i = 0; i < store.length; i++) {
      n = store.key(i);
      v = n.indexOf(key) ? 0 : read(store.getItem(n));
      n = n.slice(key.length);
      if (v && v.b) have[n.slice(1)] = v;
      else if (v && v[1]) marks[n.slice(1)] = v;
    }
    // What this tab had kept and is gone was answered in another one.
    box = box.filter(function (e) { v = have[e.o]; have[e.o] = 0; return v || !e.s; });
    for (n in have) if (have[n]) box.push(have[n]);
  } catch (e) {}
  box.sort(function (a, b) { return a.o < b.o ? -1 : 1; });
}
function keep(e) { e.s = 1; e.s = write('o' + e.o, e); }
function drop(e) { box = box.filter(function (x) { return x.o !== e.o; }); write('o' + e.o); }
function pending(k) { return box.filter(function (e) { return e.k === k; }).pop(); }
function mark(k, what, words, title, v) {
  var m = marks[k];
  if (!m || m[1] !== words) tell.textContent = words;
  m = marks[k] = [what, words, title, v];
  // Other tabs hear of every mark; only what was too late stays.
  write('m' + k, what === 'kept' ? 0 : m);
  if (what !== 'late') write('m' + k);
  else need('far');
}

// ---- outbox: in order, one in flight
function put(k, b, title) {
  var a = new Uint8Array(16), t = now(), e;
  load();
  (W.crypto || W.msCrypto).getRandomValues(a);
  b.id = btoa(String.fromCharCode.apply(null, a)).replace(/\+/g, '-').replace(/\//g, '_').slice(0, 22);
  if (as) b.as = as;
  each(box, function (x) {
    // However the phone's clock goes, what was done later goes out later.
    t = Math.max(t, +x.o.slice(0, 13) + 1);
    if (x.k === k && !x.tried && b.kind !== 'say') drop(x);
  });
  e = { o: t + b.id, k: k, b: b, t: title };
  box.push(e);
  keep(e); mark(k, 'kept', T.kept); paint(); pump();
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
    if (/200|400|413/.test(status)) {
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
  var b = e.b, k = e.k, good = r.result === 'accepted' || r.result === 'already', kind = b.kind;
  if (!pending(k)) {
    if (good) mark(k, 'saved', T.saved, '', b.v);
    else if (r.reason === 'closed') mark(k, 'late', T.late, e.t);
    else mark(k, 'no', '✕ ' + (r.words || T.no));
  }
  if (!good) return;
  if (/^(answer|tempo|ack|here)$/.test(kind)) { M.mine[k] = b.v || [kind]; M.sure[k] = b.sure; }
  if (kind === 'say') { M.own.push(r.saved); each(all('form'), function (f) { var t = f.elements.text; if (data(f, 'k') === k && t && t.value === b.text) t.value = ''; }); }
  if (kind === 'up') M.up.push(b.ref);
  if (kind === 'hand') M.hand = b.up;
  if (r.p) me = 'as=' + r.p;
  if (/^[jrlo]/.test(kind) || k === 'here') location.replace('/?' + me);
}

// ---- what is personal, put into what is shared
function paint() {
  var shown = {};
  each(all('[data-f]'), function (x) { var s = M.f && M.f[data(x, 'f')]; if (s && x._f !== s) x.innerHTML = x._f = s; });
  each(all('form[data-k]'), function (f) {
    var k = data(f, 'k'), mine = M.mine[k], e = pending(k), m = marks[k], el = f.querySelector('.mark'), v = (e ? e.b.v : mine) || [];
    shown[k] = e ? 2 : 1;
    each(f.elements, function (x) {
      var on = v.indexOf(x.value) >= 0, t = x.type;
      if (x.name === 'sure') on = x.value === (e ? e.b.sure : M.sure[k]);
      else if (x.name !== 'v') return;
      if (t === 'submit') x.setAttribute('aria-pressed', on);
      else if (/^(ch|ra)/.test(t)) {
        if (!f._dirty) x.checked = on;
        x.parentNode.className = x.parentNode.className.replace(/\son\b/, '') + (x.checked ? ' on' : '');
      }
    });
    if (el) {
      m = e && (!m || m[0] !== 'kept') ? ['kept', T.kept] : m || (mine ? ['saved', T.saved] : ['', '']);
      el.className = 'mark ' + m[0];
      if (el.textContent !== m[1]) el.textContent = m[1];
    }
  });
  each(all('[name=up]'), function (x) { x.value = M.hand ? '0' : '1'; x.textContent = data(x, M.hand ? 'on' : 'off'); });
  if (api.far) api.far(shown, box, marks);
  else if (D.querySelector('[data-far]')) need('far');
  each(all('[data-part]'), function (x) {
    var n = data(x, 'part'), f = parts[n];
    if (!f) need(n);
    else if (!x._on) { x._on = 1; f(x, api); }
    if (x._paint) x._paint();
  });
}
// A part stands in the page or comes as text; as an inline script the page's policy knows it by its hash.
function need(n) {
  if (asked[n] || D.getElementById('p-' + n)) return;
  asked[n] = 1;
  ask('GET', '/part/' + n + '?' + data(B, 'p'), 0, function (status, r, text) {
    var s = D.createElement('script');
    asked[n] = 0;
    if (status !== 200) return;
    s.id = 'p-' + n;
    s.text = text;
    D.head.appendChild(s);
    // Not ours, so the policy stopped it: a captive portal answered.
    if (!parts[n]) D.head.removeChild(s);
  });
}
var api = {
  all: all, each: each, data: data, ask: ask, read: read, words: T, key: key, me: me, top: top, wait: wait, paint: paint,
  who: function () { return M; },
  mine: function (k) { var e = pending(k); return e ? e.b.v : M.mine[k]; },
  // What a poll brought; the next one is due.
  got: function (r) { online(); M = r.me; draw(r.html); pump(); retry = setTimeout(connect, 3000); },
  lost: lost,
  // What another tab heard is true here too.
  heard: function (k, m) { marks[k] = m; if (m[3]) M.mine[k] = m[3]; load(); paint(); }
};
// Children of the fragment that did not change stay where they are: focus, typing and a screen reader's place survive.
function draw(html) {
  delete marks.hand;
  var t = D.createElement('div'), back = api.focus && api.focus(), at, kids;
  t.innerHTML = html;
  kids = [].slice.call(t.children).map(function (x) {
    var old = D.getElementById(x.id);
    x._h = x.outerHTML;
    if (!old || old.parentNode !== L) return x;
    // A question's block says the same as long as its round runs: it is never exchanged under somebody's thumb.
    if (old._h === x._h || /^q-/.test(x.id)) { old._h = x._h; return old; }
    if (old.open) x.open = true;
    return x;
  });
  each([].slice.call(L.childNodes), function (x) { if (kids.indexOf(x) < 0) L.removeChild(x); });
  at = L.firstChild;
  each(kids, function (x) {
    if (at === x) at = at.nextSibling;
    else L.insertBefore(x, at);
  });
  paint();
  if (back) back();
  at = D.querySelector('footer');
  if (at) at.hidden = top('s') === 'bye';
}
setInterval(function () {
  each(all('.left'), function (x) {
    x._u = x._u || now() + +data(x, 'left');
    var s = Math.max(0, Math.ceil((x._u - now()) / 1000)), t = (s / 60 | 0) + ':' + ('0' + s % 60).slice(-2);
    if (x.textContent !== t) x.textContent = t;
  });
  if (es && now() - last > 40000) lost();
}, 500);

// ---- the stream, and polling without it
function ask(method, path, body, done) {
  var x = new XMLHttpRequest(), over;
  function end(status) {
    if (over) return;
    over = 1;
    var r = read(x.responseText);
    // A 200 that is not ours is somebody's captive portal.
    done(body && !r && status === 200 ? 0 : status, r, x.responseText);
  }
  x.open(method, path);
  x.timeout = 3500;
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
function shut() { if (es) es.close(); es = 0; }
function lost() {
  shut();
  if (++fails > 1) offline();
  clearTimeout(retry);
  retry = setTimeout(connect, wait() / (fails > 1 ? 2 : 1));
}
function heard() { clearTimeout(retry); last = now(); fails = 0; online(); }
function connect() {
  clearTimeout(retry);
  if (es || taken || M.left || (D.hidden && hide < 0)) return;
  if (!W.EventSource || (fails > 2 && ++polls % 5)) {
    if (api.poll) { api.poll(); return; }
    need('far');
    retry = setTimeout(connect, 3000);
    if (!W.EventSource) return;
  }
  last = now();
  es = new EventSource('/v1/events?' + me + (tag ? '&h=' + tag : ''));
  tag = '';
  es.onmessage = function (e) { heard(); draw(e.data); };
  function on(n, f) { es.addEventListener(n, f); }
  // How the pace is is asked anew in each segment.
  on('me', function (e) { heard(); M = read(e.data); if (!M.mine.tempo) delete marks.tempo; paint(); pump(); });
  on('beat', heard);
  on('gone', function () { location.reload(); });
  on('taken', function (e) { shut(); taken = 1; need('far'); say(e.data); });
  es.onerror = lost;
  // A SYN that was lost is sent again after 1 s and after 3: a try that ends sooner misses the second, one that lasts
  // longer waits 7 s for the third.
  retry = setTimeout(lost, 3500);
}
function wake() {
  clearTimeout(hide);
  hide = 0;
  if (D.hidden) { hide = setTimeout(function () { hide = -1; shut(); }, 60000); return; }
  if (taken) { taken = 0; online(); }
  if (es && now() - last > 20000) shut();
  fails = Math.min(fails, 2);
  connect();
  pump();
}

// ---- what people do
D.addEventListener('click', function (e) {
  var x = e.target;
  while (x && x !== D && x.tagName !== 'BUTTON' && !/more=1/.test(x.href)) x = x.parentNode;
  if (x && x.form) pressed = x;
  if (!x || !x.href) return;
  e.preventDefault();
  ask('GET', '/v1/more?' + me, 0, function (status, r, text) { if (/id=.more/.test(text)) { D.getElementById('more').outerHTML = text; paint(); D.getElementById('more').scrollIntoView(); } else offline(); });
}, true);
each(['input', 'change'], function (n) { D.addEventListener(n, function (e) { if (e.target.form) e.target.form._dirty = 1; if (n === 'change') paint(); }); });
D.addEventListener('submit', function (e) {
  var f = e.target, k = data(f, 'k'), b = {}, v = [], x = f.parentNode.querySelector('h1');
  if (!k) return;
  e.preventDefault();
  each(f.elements, function (i) {
    var n = i.name, s = i.value;
    if (!n || /^(form|as)$/.test(n) || (/^(ch|ra)/.test(i.type) && !i.checked) || (i.type === 'submit' && i !== pressed)) return;
    if (n === 'v') { if (s) v.push(s); }
    else if (s) b[n] = n === 'up' ? s === '1' : /^r(ound|ef)$/.test(n) ? +s : s;
  });
  pressed = 0;
  if (v[0]) b.v = b.kind === 'tempo' ? v[0] : v;
  if (b.kind === 'answer' && !b.v && !b.text) return;
  f._dirty = 0;
  put(k, b, x ? x.textContent : '');
  if (f.parentNode._next) f.parentNode._next(f);
});
each(['pageshow', 'online', 'focus'], function (n) { W.addEventListener(n, wake); });
D.addEventListener('visibilitychange', wake);
parts.go = function () { if (parts.far && !api.far) parts.far(api); paint(); };
load(); draw(L.innerHTML); parts.go(); wake();
// From before this page: what became of it may have no question here to stand at.
if (box[0] || Object.keys(marks)[0]) need('far');
// Not with the first view: it has its eight kilobytes, and the rest is wanted later if at all.
setTimeout(function () { need('far'); }, 15000);
});
}());
