// The views behind the tabs: the muster list of an alarm, people, checklists, notes, and what is needed more rarely.
// ---- alarm ---------------------------------------------------------------------------------------------------

// One list for every console: the laptop keeps it. A tick that has not reached it yet is kept here and sent again until
// it has, because the muster point may lie beyond the Wi-Fi.
function name(x) { return x.name || x.badge; }
function byName(a, b) { return name(a).localeCompare(name(b)); }
function roll() { return room.alarm ? room.alarm.people : []; }
function isTicked(x) { return x.p in ticks ? ticks[x.p] : x.ticked; }
function missing() { return roll().filter(function (x) { return !isTicked(x); }); }

function muster() {
  var all = roll().slice().sort(function (a, b) { return (isTicked(a) ? 1 : 0) - (isTicked(b) ? 1 : 0) || byName(a, b); });
  var waits = fails ? Object.keys(ticks).length : 0;
  return [
    el('h1', {}, W.muster),
    el('p', { 'class': 'figure' }, fill(W.ticked, { n: all.length - missing().length, of: all.length })),
    el('p', { 'class': 'mut' }, W.musterHow),
    room.alarm.lost ? el('p', { 'class': 'warn' }, W.lostTicks) : null,
    waits ? el('p', { 'class': 'warn' }, fill(W.waits, { n: waits })) : null,
    el('div', { 'class': 'list' }, all.map(function (x) {
      var beside = [W[x.role] || x.role || x.badge, x.left ? W.out : ''].filter(Boolean).join(', '), is = isTicked(x);
      return button('tick-' + x.p, [el('span', {}, (is ? '☑ ' : '☐ ') + name(x)), el('span', { 'class': 'small' }, beside)], function () {
        ticks[x.p] = !is;
        sendTicks();
        draw();
      }, { 'aria-pressed': is ? 'true' : 'false' });
    }))
  ];
}

// What the laptop shows is the truth: a tick is forgotten here only when the room says the same, or the alarm is over.
function settleTicks() {
  if (!room.alarm) ticks = {};
  roll().forEach(function (x) { if (ticks[x.p] === x.ticked) delete ticks[x.p]; });
}

function sendTicks() {
  var who = Object.keys(ticks)[0], on = ticks[who];
  if (flying || over || strange || !who) return;
  flying = true;
  remote.press({ 'do': 'tick', who: who, ok: on }).then(function (found) {
    flying = false;
    // `late` is made anew with the time of now; for somebody who is not on the roll there is nothing to send again.
    if (found.result === 'accepted' || found.result === 'refused') {
      roll().forEach(function (x) { if (x.p === who && found.result === 'accepted') x.ticked = on; });
      if (ticks[who] === on) delete ticks[who];
    }
    if (found.result === 'accepted' || found.result === 'refused') sendTicks();
    draw();
  }, function () { flying = false; });
}

// Asked with the names; a no keeps the alarm, and the record says who is missing by now.
function safe() {
  var gone = missing(), names = gone.map(name).join(', ');
  function said(yes) { return function () { asking = null; settled(yes, 0); }; }
  ask(gone.length ? fill(W.missingAsk, { n: gone.length, names: names }) : W.safeAsk, W.safeYes, said(true), '', said(false));
}

// A tick that is still on its way goes first: the record must not miss it.
function settled(yes, tries) {
  if (!Object.keys(ticks).length || tries > 20) return press({ 'do': 'resume', safe: yes });
  say(W.sending);
  sendTicks();
  setTimeout(function () { settled(yes, tries + 1); }, 200);
}

// ---- people --------------------------------------------------------------------------------------------------

function stateOf(x, all) {
  var found = [];
  found.push(x.status === 'in' ? W['in'] : x.status === 'out' ? W.out : W.expected);
  if (x.mark) found.push(W[x.mark] || x.mark);
  if (x.away && all) found.push(W.away);
  return found.join(', ');
}

function field(id, words, tag) {
  var made = el(tag || 'input', { id: id, autocomplete: 'off', maxlength: tag ? 500 : 120 });
  made.value = typed[id] || '';
  made.addEventListener('input', function () { typed[id] = made.value; if (id === 'find') draw(); });
  return el('label', {}, [words, made]);
}

function people() {
  var sought = (typed.find || '').toLowerCase(), order = { 'in': 0, expected: 1, out: 2 }, all = room.people || [];
  var found = all.filter(function (x) { return (x.name + ' ' + x.badge).toLowerCase().indexOf(sought) >= 0; });
  found.sort(function (a, b) { return order[a.status] - order[b.status] || byName(a, b); });
  return [
    el('h1', {}, W.people),
    all.length > 8 ? field('find', W.find) : null,
    all.length ? null : el('p', { 'class': 'mut' }, W.nobody),
    el('div', { 'class': 'list' }, found.map(function (x) {
      var state = el('span', { 'class': 'small' }, stateOf(x));
      return button('p-' + x.p, [el('span', {}, name(x)), state], function () { typed.reason = ''; go('person', x.p); });
    }))
  ];
}

function person() {
  var x = (room.people || []).filter(function (one) { return one.p === about; })[0];
  if (!x) return people();
  return [
    el('h1', {}, name(x)),
    el('p', { 'class': 'mut' }, (x.badge ? x.badge + ' · ' : '') + stateOf(x, true)),
    field('reason', W.reason),
    el('div', { 'class': 'pair' }, ['present', 'late', 'left_early', 'absent', 'excused'].map(function (status) {
      return button('mark-' + status, W[status], function () {
        press({ 'do': 'mark', who: x.p, status: status, text: typed.reason || '' });
      }, { 'aria-pressed': x.mark === status ? 'true' : 'false' });
    }))
  ];
}

// ---- checklists ----------------------------------------------------------------------------------------------

function checks() {
  var c = room.check;
  if (!c || c.id !== about.split(' ')[0]) return [el('h1', {}, W.signOff), room.checks.length ? null : el('p', {}, W.noChecks)];
  return [
    el('h1', {}, c.text),
    c.people.length ? null : el('p', { 'class': 'mut' }, W.nobody),
    el('div', { 'class': 'list' }, c.people.slice().sort(byName).map(function (x) {
      var n = Object.keys(x.items).length, done = n === c.items.length;
      return button('s-' + x.p, [
        el('span', {}, name(x)), el('span', { 'class': 'small' }, (done && x.passed ? '✓ ' : '') + fill(W.of, { n: n, of: c.items.length }))
      ], function () { go('skill', c.id + ' ' + x.p); });
    }))
  ];
}

function skill() {
  var c = room.check, p = about.split(' ')[1], x = c && c.people.filter(function (one) { return one.p === p; })[0];
  function mark(item, ok) { press({ 'do': 'check', who: p, activity: c.id, item: item, ok: ok }); }
  if (!x) return checks();
  return [
    el('h1', {}, name(x)),
    el('p', { 'class': 'mut' }, c.text),
    button('all', W.all, function () { mark('all', true); })
  ].concat(c.items.map(function (item, k) {
    var is = x.items[item.id];
    return el('div', { 'class': 'item', role: 'group', 'aria-labelledby': 'item-' + k }, [
      el('p', { id: 'item-' + k }, item.text + (item.critical ? ' (' + W.critical + ')' : '')),
      el('div', { 'class': 'pair' }, [
        button('y-' + k, '✓ ' + W.shownRight, function () { mark(item.id, true); }, { 'aria-pressed': is === true ? 'true' : 'false' }),
        button('n-' + k, '✕ ' + W.shownWrong, function () { mark(item.id, false); }, { 'aria-pressed': is === false ? 'true' : 'false' })
      ])
    ]);
  }));
}

// ---- notes and the rest --------------------------------------------------------------------------------------

function bare(text) {
  return text.replace(/^#+\s*/gm, '').replace(/^(\s*)[-*+]\s+/gm, '$1• ').replace(/\*\*|__|`/g, '')
    .replace(/(^|[^\w*])[*_](\S[^*_\n]*?)[*_](?!\w)/gm, '$1$2');
}

// What the step says, without the heading that stands above it already.
function below() {
  var text = bare(room.text).trim();
  return text.indexOf(room.label) === 0 ? text.slice(room.label.length).trim() : text;
}

function notes() {
  return [
    el('h1', {}, room.segment ? room.segment.title : W.notes),
    room.text ? el('p', { 'class': 'pre' }, bare(room.text)) : null,
    room.text && room.notes ? el('h2', {}, W.notes) : null,
    room.notes ? el('p', { 'class': 'pre' }, bare(room.notes)) : el('p', { 'class': 'mut' }, W.noNotes)
  ];
}

function more() {
  var s = room.segment, live = room.state !== 'ended';
  function by(n) { return function () { press({ 'do': 'minutes', segment: s.id, minutes: Math.max(0, s.minutes + n) }); }; }
  return [el('h1', {}, W.more)].concat(live ? [
    el('div', { 'class': 'list' }, [
      button('alarm', W.alarm, function () { ask(W.alarmAsk, W.alarmYes, function () { press({ 'do': 'alarm' }, function () { go('now'); }); }, 'alarm'); }, { 'class': 'alarm' }),
      button('here', W.rollCall, function () { press({ 'do': 'here' }, function () { go('now'); }); }),
      room.state === 'running'
        ? button('pause', W.pause, function () { press({ 'do': 'pause' }, function () { go('now'); }); })
        : room.alarm ? button('muster', W.muster, function () { go('now'); }) : button('resume', W.goOn, function () { press({ 'do': 'resume' }, function () { go('now'); }); }),
      button('other', W.other, function () { go('other'); })
    ]),
    s ? el('h2', { id: 'minutes' }, fill(W.minutes, { what: s.title, n: s.minutes })) : null,
    s ? el('div', { 'class': 'trio', role: 'group', 'aria-labelledby': 'minutes' }, [
      button('m-5', '−5', by(-5)), button('m1', '+1', by(1)), button('m5', '+5', by(5))
    ]) : null,
    field('note', W.note, 'textarea'),
    button('keep', W.keep, function () {
      if ((typed.note || '').trim()) press({ 'do': 'note', text: typed.note }, function () { typed.note = ''; drawn.main = ''; });
    })
  ] : [], [
    el('h2', {}, W.about),
    el('p', {}, W.about1), el('p', {}, W.about2), el('p', {}, W.about3),
    button('off', W.off, function () { ask(W.offAsk, W.offYes, function () { press({ 'do': 'off' }, function () { finish('offNow'); }); }); })
  ]);
}

function other() {
  return [
    el('h1', {}, W.other),
    room.others.length ? null : el('p', { 'class': 'mut' }, W.noOther),
    el('div', { 'class': 'list' }, room.others.map(function (x) {
      return button('o-' + x.id, x.text, function () { press({ 'do': 'open', activity: x.id }, function () { go('now'); }); });
    }))
  ];
}
