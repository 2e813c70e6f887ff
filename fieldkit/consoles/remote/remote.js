// What the trainer sees and presses. It shows what the laptop says, and holds no rule of its own. This file and
// remote_views.js stand in one function (fieldkit/consoles/remote_page.py).
var W = JSON.parse(document.body.getAttribute('data-words'));
var room = null, times = null, tag = '', view = 'now', about = '', fails = 0, over = '', strange = '', busy = false, asking = null;
var typed = {}, drawn = {}, held = false, got = 0, message = ['', ''], lasting = null, saying = 0, aim = '';
var ticks = {}, flying = false;

function $(id) { return document.getElementById(id); }
function fill(words, with_) { return words.replace(/\{(\w+)\}/g, function (all, k) { return k in with_ ? with_[k] : all; }); }

function el(tag, set, kids) {
  var made = document.createElement(tag), k;
  for (k in set || {}) {
    if (k === 'on') made.addEventListener('click', set[k]);
    else if (set[k] !== undefined && set[k] !== false) made.setAttribute(k, set[k] === true ? '' : set[k]);
  }
  [].concat(kids === undefined ? [] : kids).forEach(function (kid) {
    if (kid || kid === 0) made.appendChild(typeof kid === 'object' ? kid : document.createTextNode(kid));
  });
  return made;
}

function button(id, words, on, set) {
  var all = { type: 'button', id: id, on: on }, k;
  for (k in set || {}) all[k] = set[k];
  if (busy) all['aria-disabled'] = 'true';
  return el('button', all, words);
}

function minutes(ms) {
  var s = Math.max(0, Math.round(ms / 1000));
  return Math.floor(s / 60) + ':' + ('0' + s % 60).slice(-2);
}

// ---- what came of it -----------------------------------------------------------------------------------------

function say(words, look) {
  message = [words, look || ''];
  if ($('said').textContent !== words) $('said').textContent = words;
  $('said').className = look || '';
  clearTimeout(saying);
  if (look === 'ok') saying = setTimeout(function () { say(''); }, 8000);
}

function told(found) {
  var detail = found.detail ? ' (' + found.detail + ')' : '';
  if (found.result === 'accepted') say('saved' in found ? fill(W.done_, { n: found.saved }) : '', 'ok');
  else if (found.result === 'already') say(W.was, 'ok');
  else if (found.result === 'late') say(W.tooLate, 'bad');
  else say('✕ ' + found.words + detail, 'bad');
  return found;
}

function press(wish, then) {
  if (busy || over || strange) return;
  busy = true;
  asking = null;
  say(W.sending);
  draw();
  remote.press(wish).then(told, function (wrong) {
    var door = wrong && wrong.door;
    say({ mac: W.stranger, phone: W.taken, counter: W.twice }[door] || (door ? W.altered : W.unknown), 'bad');
    remote.hurry();
    return {};
  }).then(function (found) {
    busy = false;
    if (found.reason === 'small-crew') {
      wish.small = true;
      ask(W.smallAsk, W.smallYes, function () { press(wish, then); });
    }
    if (found.result === 'accepted' && then) then();
    draw();
  });
}

function ask(words, yes, go, look, no) {
  asking = { words: words, yes: yes, go: go, look: look || '', no: no };
  aim = 'no';
  draw();
}

function finish(why) {
  over = why;
  remote.forget();
  asking = null;
  view = 'now';
  say('');
  draw();
}

// ---- how it stands -------------------------------------------------------------------------------------------

function want() {
  if (view === 'people' || view === 'person') return 'people';
  return view === 'checks' || view === 'skill' ? about.split(' ')[0] : '';
}

function loop() {
  var asked = want(), hold = 0;
  // After a failure an answer at once says that the laptop is there again.
  remote.see(drawn.asked === asked && !fails ? tag : '', asked).then(function (found) {
    if (found.off) return finish('offNow');
    if (fails && message[0] === W.trying) say('');
    fails = 0;
    strange = '';
    times = found.t;
    got = performance.now();
    if (found.room) {
      if (found.room.alarm && !(room && room.alarm)) { view = 'now'; asking = null; }
      room = found.room;
    }
    settleTicks();
    sendTicks();
    tag = found.tag;
    drawn.asked = asked;
    draw();
  }, function (wrong) {
    var door = wrong && wrong.door;
    if (wrong && wrong.name === 'AbortError' && remote.passed() < 24000) return;
    // Nobody vouches for this no: the key is kept, and the laptop is asked again.
    if (++fails > 2) strange = { mac: W.stranger, phone: W.taken }[door] || '';
    hold = Math.min(4000, 300 * fails);
    if (!busy && fails > 1) say(door === 'counter' ? W.twice : door && door !== 'mac' ? W.altered : W.trying, 'warn');
    draw();
  }).then(function () { if (!over) setTimeout(loop, hold); });
}

function go(where, what) {
  view = where;
  about = what || '';
  asking = null;
  if (message[1] !== 'warn') say('');
  draw();
  window.scrollTo(0, 0);
  $('main').focus({ preventScroll: true });
  if (want() !== drawn.asked) remote.hurry();
}

// ---- the line at the top -------------------------------------------------------------------------------------

function running() { return room.state === 'running' ? performance.now() - got : 0; }

function pace() {
  var late = times.pace;
  if (Math.abs(late) < 60) return '';
  return fill(late > 0 ? W.behind : W.ahead, { time: minutes(Math.abs(late) * 1000) });
}

function head() {
  var here = room.expected ? fill(W.ofExpected, { n: room.present, of: room.expected }) : fill(W.here, { n: room.present });
  return [
    room.alarm ? el('div', { 'class': 'row alarm', id: 'alarm-bar' }, '') : null,
    el('div', { 'class': 'row' }, [
      el('span', { id: 'clock' }, ''),
      el('b', { 'class': fails ? 'warn' : 'ok' }, fails ? '⟳ ' + W.lost : '✓ ' + fill(W.saved, { n: room.saved }))
    ]),
    el('div', { 'class': 'row' }, [
      el('span', {}, room.step ? fill(W.step, { n: room.step, of: room.steps }) : ''), el('span', {}, here)
    ])
  ];
}

function tick() {
  var left;
  if (!room || over || strange) return;
  if ($('clock')) {
    $('clock').textContent = fill(W.of, { n: minutes(times.elapsed + running()), of: minutes(room.planned) })
      + (pace() ? ' · ' + pace() : '');
  }
  if ($('alarm-bar')) {
    $('alarm-bar').textContent = '!! ' + fill(W.alarmBar, { time: minutes((times.alarm || 0) + performance.now() - got), n: missing().length });
  }
  left = document.querySelectorAll('[data-left]');
  [].forEach.call(left, function (one) {
    var ms = times.left[one.getAttribute('data-left')];
    one.textContent = ms === undefined ? '' : ' · ' + minutes(ms - running());
  });
}

// ---- now -----------------------------------------------------------------------------------------------------

function current() {
  var mine = room.open.filter(function (x) { return x.id === room.activity; });
  return mine[0] || room.open[room.open.length - 1] || null;
}

function bars(one) {
  return el('ul', { 'class': 'bars' }, one.bars.map(function (b) {
    var words = (b.sign ? b.sign + ' ' : '') + b.text + (b.right ? ' ✓ ' + W.right : '');
    return el('li', {}, [el('span', {}, words), el('b', {}, String(b.n))]);
  }));
}

function question(one) {
  var state = one.state === 'open' ? W.isOpen : one.state === 'revealed' ? W.isRevealed : W.isClosed;
  return [
    el('p', { 'class': 'figure' }, [
      state + (one.type === 'checklist' ? '' : ' · ' + fill(W.answered, { n: one.answered, of: one.of })), el('span', { 'data-left': one.id }, '')
    ]),
    one.id in times.left && room.state === 'running' ? el('div', { 'class': 'pair' }, [
      button('more-time', W.moreTime, function () { press({ 'do': 'timer', activity: one.id, seconds: 30 }); }),
      button('no-limit', W.noLimit, function () { press({ 'do': 'timer', activity: one.id }); })
    ]) : null,
    one.few && el('p', { 'class': 'warn' }, W.few),
    one.bars.length ? bars(one) : null
  ];
}

function now() {
  var one = current() || room.last, small = [], out = [];
  if (room.alarm) return muster();
  if (room.trouble) out.push(el('p', { 'class': 'box bad' }, room.trouble));
  if (room.state === 'paused') out.push(el('p', { 'class': 'box warn' }, W.paused));
  if (room.state === 'ended') out.push(el('p', { 'class': 'box' }, W.ended));
  out.push(el('h1', {}, one && one.id === room.activity ? one.text : room.label || room.title));
  if (one && one.id !== room.activity) out.push(el('h2', {}, one.text));
  if (one) out = out.concat(question(one));
  room.checks.forEach(function (c) {
    out.push(button('check-' + c.id, W.signOff + ': ' + c.text, function () { go('checks', c.id); }));
  });
  if (room.hands) small.push(fill(W.hands, { n: room.hands }));
  if (room.asks) small.push(fill(W.asks, { n: room.asks }));
  if (room.lobby) small.push(fill(W.lobby, { n: room.lobby }));
  if (small.length) out.push(el('p', { 'class': 'warn' }, small.join(' · ')));
  if (!one && below()) out.push(el('p', { 'class': 'pre' }, below()));
  if (!room.label && room.state === 'running') out.push(el('p', { 'class': 'mut' }, W.welcome));
  if (room.state !== 'ended') out.push(el('p', { 'class': 'mut' }, room.next ? fill(W.then, { what: room.next }) : W.lastStep));
  return out;
}

function acts() {
  var one = current(), last = room.last, out = [], waits = room.others.some(function (x) { return x.id === room.activity; });
  if (asking) {
    return [
      el('p', { id: 'asks' }, asking.words),
      button('no', W.no, function () { var no = asking.no; asking = null; if (no) no(); draw(); }),
      button('yes', asking.yes, function () { asking.go(); }, { 'class': 'go ' + asking.look, 'aria-describedby': 'asks' })
    ];
  }
  if (BACK[view]) return [button('back', '← ' + W.back, BACK[view])];
  if (view !== 'now' || room.state === 'ended') return [];
  if (room.alarm) return [button('safe', W.safe, safe, { 'class': 'go' })];
  if (room.state === 'paused') return [button('resume', W.goOn, function () { press({ 'do': 'resume' }); }, { 'class': 'go' })];
  if (one) out.push(button('close', W.close, function () { close(one); }, { 'class': 'go' }));
  else if (waits) out.push(button('open', W.open, function () { press({ 'do': 'open', activity: room.activity }); }, { 'class': 'go' }));
  else if (last && last.state === 'closed' && !last.never) {
    out.push(button('reveal', W.reveal, function () { press({ 'do': 'reveal', activity: last.id }); }, { 'class': 'go' }));
  } else if (last && last.state === 'revealed') {
    out.push(button('hide', W.hide, function () { press({ 'do': 'hide', activity: last.id }); }));
  }
  if (room.next) {
    out.push(button('next', W.next, function () { press({ 'do': 'next' }); }, { 'class': out.length && /\bgo\b/.test(out[0].className) ? '' : 'go' }));
  }
  return out;
}

function close(one) {
  function yes() { press({ 'do': 'close', activity: one.id }); }
  if (one.missing) ask(fill(W.closeAsk, { n: one.missing }), W.closeYes, yes);
  else yes();
}

var VIEWS = { now: now, people: people, person: person, checks: checks, skill: skill, notes: notes, more: more, other: other };
// Where a thumb is: at the bottom, like everything that is pressed often.
var BACK = {
  person: function () { go('people'); },
  checks: function () { go('now'); },
  skill: function () { go('checks', about.split(' ')[0]); },
  other: function () { go('more'); }
};
var TAB = { person: 'people', checks: 'now', skill: 'now', other: 'more' };

function tabs() {
  return ['now', 'people', 'notes', 'more'].map(function (x) {
    return button('tab-' + x, W[x], function () { go(x); }, { 'aria-current': (TAB[view] || view) === x ? 'page' : undefined });
  });
}

// ---- drawing -------------------------------------------------------------------------------------------------

// A part is replaced only when it changed; what has the focus keeps it, and what is typed stays.
function put(id, kids) {
  var box = $(id), shown = el('div', {}, kids), at = document.activeElement, was = at && box.contains(at) ? at.id : '', next;
  if (drawn[id] === shown.innerHTML) return;
  drawn[id] = shown.innerHTML;
  while (box.firstChild) box.removeChild(box.firstChild);
  while (shown.firstChild) box.appendChild(shown.firstChild);
  if (was && (next = $(was))) {
    next.focus({ preventScroll: true });
    if (at.setSelectionRange && next.setSelectionRange) next.setSelectionRange(at.selectionStart, at.selectionEnd);
  }
}

function draw() {
  if (held) { lasting = true; return; }
  if (over || strange || !room) {
    $('head').hidden = $('tabs').hidden = true;
    $('foot').className = 'idle';
    put('main', [el('h1', {}, document.title), el('p', {}, over ? W[over] : strange || W.trying)]);
    put('acts', []);
    return;
  }
  if (view === 'other' && room.state === 'ended') view = 'more';
  $('head').hidden = $('tabs').hidden = false;
  $('foot').className = '';
  put('head', head());
  put('main', VIEWS[view]());
  var made = acts();
  $('acts').className = made.length > 1 ? 'two' : '';
  put('acts', made);
  put('tabs', tabs());
  if (aim && $(aim)) $(aim).focus();
  aim = '';
  tick();
}

// Nothing moves under a finger: what changed meanwhile is drawn when it is lifted.
document.addEventListener('pointerdown', function () { held = true; });
['pointerup', 'pointercancel'].forEach(function (kind) {
  document.addEventListener(kind, function () {
    setTimeout(function () {
      held = false;
      if (lasting) { lasting = null; draw(); }
    }, 0);
  });
});
document.addEventListener('visibilitychange', function () { if (!document.hidden && !over) remote.hurry(); });
['offline', 'online'].forEach(function (kind) { window.addEventListener(kind, remote.hurry); });
window.addEventListener('hashchange', function () { location.reload(); });
setInterval(tick, 500);

if (!remote.begin()) finish('scan');
else {
  draw();
  loop();
}
