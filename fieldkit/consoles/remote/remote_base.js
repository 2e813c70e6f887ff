// How the phone speaks to the laptop (docs/remote.md, The protocol). The key comes in the fragment of the address and is
// taken out of it at once; it lives in this page's sessionStorage and never crosses the network.
'use strict';
var remote = (function () {
  var PLACE = 'fieldkit-remote', kept = {}, clock = null, seeing = null;

  function bytes(text) { return new TextEncoder().encode(text); }

  function keyOf(text) {
    if (!/^[A-Za-z0-9_-]{43}$/.test(text || '')) return null;
    var raw = atob(text.replace(/-/g, '+').replace(/_/g, '/') + '='), key = new Uint8Array(32), k;
    for (k = 0; k < 32; k++) key[k] = raw.charCodeAt(k);
    return key;
  }

  function fresh() {
    var raw = '', made = crypto.getRandomValues(new Uint8Array(16)), k;
    for (k = 0; k < 16; k++) raw += String.fromCharCode(made[k]);
    return btoa(raw).replace(/\+/g, '-').replace(/\//g, '_').replace(/=/g, '');
  }

  function keep() {
    // A browser that keeps nothing loses the remote with a reload, and nothing else.
    try { sessionStorage.setItem(PLACE, JSON.stringify(kept)); } catch (e) { return; }
  }

  function forget() {
    kept = {};
    try { sessionStorage.removeItem(PLACE); } catch (e) { return; }
  }

  // True when there is a key: of the address just scanned, else of this page before it was loaded again.
  function begin() {
    var told = location.hash.slice(1);
    try { kept = JSON.parse(sessionStorage.getItem(PLACE)) || {}; } catch (e) { kept = {}; }
    if (location.hash || location.href.indexOf('#') >= 0) history.replaceState(null, '', location.pathname);
    if (keyOf(told) && kept.key !== told) kept = { key: told, phone: fresh(), see: 0, 'do': 0 };
    if (!keyOf(kept.key)) return false;
    keep();
    return true;
  }

  // Strictly rising, also when the storage that came back after a crash is older than what was sent: time goes on.
  function counter(lane) {
    kept[lane] = Math.max(kept[lane] + 1, Date.now());
    keep();
    return kept[lane];
  }

  function code(of, body) {
    var lead = bytes('fieldkit-remote/1 ' + of + '\n'), whole = new Uint8Array(lead.length + body.length);
    whole.set(lead);
    whole.set(body, lead.length);
    return noble.hex(noble.hmac(keyOf(kept.key), whole));
  }

  function same(a, b) {
    var wrong = a.length ^ b.length, k;
    for (k = 0; k < b.length; k++) wrong |= a.charCodeAt(k) ^ b.charCodeAt(k);
    return wrong === 0;
  }

  // The laptop's answer, believed only with its code. Else it fails with what the door said, which nobody vouches for.
  function send(lane, ask, patience, stop) {
    var body, timer, n = counter(lane);
    ask.n = n;
    ask.phone = kept.phone;
    body = bytes(JSON.stringify(ask));
    timer = setTimeout(function () { stop.abort(); }, patience);
    return fetch('/v1/' + lane, {
      method: 'POST', body: body, signal: stop.signal, cache: 'no-store', credentials: 'omit', redirect: 'error',
      headers: { 'Content-Type': 'application/json', 'Fieldkit-Mac': code(lane, body) }
    }).then(function (answer) {
      return answer.arrayBuffer().then(function (buffer) {
        var got = new Uint8Array(buffer), text = new TextDecoder().decode(got), door = 'altered';
        if (answer.status === 200 && same(answer.headers.get('Fieldkit-Mac') || '', code(lane + '-answer ' + n, got))) {
          return JSON.parse(text);
        }
        try { if (answer.status !== 200) door = JSON.parse(text).reason; } catch (e) { door = 'altered'; }
        throw { door: door };
      });
    }).then(
      function (found) { clearTimeout(timer); return found; },
      function (wrong) { clearTimeout(timer); throw wrong; }
    );
  }

  // ---- the laptop's time ---------------------------------------------------------------------------------------

  function told(at) { clock = { at: at, got: performance.now(), wall: Date.now() }; }

  function passed() { return clock ? Math.max(performance.now() - clock.got, Date.now() - clock.wall) : 0; }

  function reckoned() { return clock ? Math.round(clock.at + passed()) : 0; }

  // ---- how it stands -------------------------------------------------------------------------------------------

  function see(have, want) {
    seeing = new AbortController();
    return send('see', { have: have, want: want }, 25000, seeing).then(function (found) {
      if (found.t) told(found.t.at);
      return found;
    });
  }

  // Ask anew at once: what is shown is another thing, or the phone slept.
  function hurry() { if (seeing) seeing.abort(); }

  // ---- what is pressed -----------------------------------------------------------------------------------------

  function press(wish) {
    var id = fresh(), at = reckoned(), until = Date.now() + 8000;
    function again() {
      return send('do', { at: at, id: id, wish: wish }, 6000, new AbortController()).catch(function (wrong) {
        // No answer, or its counter was overtaken: the same press under the same id is done once.
        if ((wrong && wrong.door && wrong.door !== 'counter') || Date.now() > until) throw wrong;
        return new Promise(function (go) { setTimeout(go, 500); }).then(again);
      });
    }
    return again().then(function (found) { if (found.at) told(found.at); return found; });
  }

  return {
    begin: begin, forget: forget, see: see, hurry: hurry, press: press, passed: passed,
    // For a test of the library against a worked example.
    code: code
  };
}());
