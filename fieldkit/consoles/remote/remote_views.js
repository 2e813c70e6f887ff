// The views behind the tabs: the muster list of an alarm, people, checklists, notes, and what is needed more rarely.
// ---- alarm ---------------------------------------------------------------------------------------------------

function inside() { return (room.people || []).filter(function (x) { return x.status === 'in'; }); }
function name(x) { return x.name || x.badge; }
function byName(a, b) { return name(a).localeCompare(name(b)); }
function marked() { return inside().filter(function (x) { return ticked[x.p]; }); }

function muster() {
  var all = inside().sort(function (a, b) { return (ticked[a.p] ? 1 : 0) - (ticked[b.p] ? 1 : 0) || byName(a, b); });
  return [
    el('h1', {}, W.muster),
    el('p', { 'class': 'figure' }, fill(W.ticked, { n: marked().length, of: all.length })),
    el('p', { 'class': 'mut' }, W.musterHow),
    el('div', { 'class': 'list' }, all.map(function (x) {
      return button('tick-' + x.p, [el('span', {}, (ticked[x.p] ? '☑ ' : '☐ ') + name(x)), el('span', { 'class': 'small' }, x.badge)], function () {
        ticked[x.p] = !ticked[x.p];
        draw();
      }, { 'aria-pressed': ticked[x.p] ? 'true' : 'false' });
    }))
  ];
}

// A note has room for 500 signs: whoever has no room in one stands in the next.
function musterNotes(all, done) {
  var head = fill(W.musterDone, { n: done, of: all.length }), notes = [], held = [];
  function note() { return held.length ? head + ' ' + fill(W.musterMissing, { names: held.join(', ') }) : head; }
  all.filter(function (x) { return !ticked[x.p]; }).map(name).forEach(function (one) {
    held.push(one);
    if (held.length > 1 && note().length > 500) {
      held.pop();
      notes.push(note());
      held = [one];
    }
  });
  return notes.concat(note());
}

function keepNotes(notes) {
  if (!notes.length) return;
  setTimeout(function () {
    press({ 'do': 'note', text: notes[0].slice(0, 500) }, function () { keepNotes(notes.slice(1)); });
  }, 0);
}

function safe() {
  var all = inside(), done = marked();
  function yes() {
    var notes = musterNotes(all, done.length);
    press({ 'do': 'resume' }, function () {
      ticked = {};
      if (done.length) keepNotes(notes);
    });
  }
  ask(fill(W.safeAsk, { n: done.length, of: all.length }), W.safe, yes);
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
        : button('resume', W.goOn, function () { press({ 'do': 'resume' }, function () { go('now'); }); }),
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
