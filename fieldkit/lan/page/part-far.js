// What is needed far from the usual: polling where streams fail, answers whose question is gone, a second tab, the receipt.
fk('far', function (api) {
'use strict';
var D = document,  S = window.speechSynthesis, lang = D.documentElement.lang.slice(0, 2), rest = D.getElementById('rest'), paper = '', asking = 0;
function sheet(id, text) {
  var css = D.createElement('style');
  css.textContent = text;
  if (!D.getElementById(id)) D.head.appendChild(css);
}
sheet('bars-css', '@bars.css@');
sheet('rest-css', '@rest.css@');
// Whoever is in a list that is exchanged stays in it.
api.focus = function () {
  var was = D.activeElement, k = was && was.form && api.data(was.form, 'k');
  return k && function () {
    if (!D.contains(was)) api.each(api.all('form'), function (f) { var x = was.name ? f.elements[was.name] : f.querySelector('button'); if (api.data(f, 'k') === k && x && x.focus) x.focus(); });
  };
};
api.poll = function () {
  api.ask('GET', '/v1/events?once=1&' + api.me, 0, function (status, r) {
    if (status === 401) location.reload();
    else if (status === 200 && r) api.got(r);
    else api.lost();
  });
};
api.far = function (shown, box, marks) {
  var lines = '', k;
  if (S && voice()) api.each(api.all('.q,.r'), reader);
  function line(what, words, title) {
    var p = D.createElement('p');
    p.className = 'mark ' + what;
    p.textContent = words + ': ' + title;
    lines += p.outerHTML;
  }
  api.each(box, function (e) { if (!shown[e.k] && e.t) line('kept', api.words.kept, e.t); });
  for (k in marks) if (!shown[k] && marks[k][2]) line(marks[k][0], marks[k][1], marks[k][2]);
  if (rest._h !== lines) rest.innerHTML = rest._h = lines;
  // Where the first vote stands, and where once is enough, nothing more can be pressed.
  api.each(api.all('[data-once] form,form[data-k^=attend]'), function (f) {
    var k = api.data(f, 'k'), over = shown[k] > 1 || !!api.mine(k) || (marks[k] || 0)[0] === 'saved';
    api.each(api.all('button', f), function (x) { x.disabled = over; });
  });
  // My messages, and those I have voted for.
  api.each(api.all('.say'), function (f) {
    var x = f.querySelector('button'), me = api.who(), n = +f.elements.ref.value, up = me.up.indexOf(n) >= 0 || shown['up' + n] > 1;
    if (!x) return;
    x.disabled = up || me.own.indexOf(n) >= 0;
    x.setAttribute('aria-pressed', up);
  });
  // The laptop may be gone soon after the goodbye: the receipt is here before anybody asks for it.
  if (api.top('s') === 'bye' && !paper && !asking) {
    asking = 1;
    setTimeout(function () { api.ask('GET', '/v1/receipt?' + api.me, 0, function (status, r, text) { asking = 0; if (status === 200 && /tlog/.test(text)) paper = text; }); }, api.wait());
  }
};
D.addEventListener('click', function (e) {
  var p;
  if (e.target.id !== 'receipt' || !paper) return;
  e.preventDefault();
  p = D.createElement('pre');
  p.textContent = paper;
  e.target.parentNode.replaceChild(p, e.target);
});
window.addEventListener('storage', function (e) {
  var key = api.key, m = api.read(e.newValue);
  if (m && e.key && e.key.indexOf(key + 'm') === 0) api.heard(e.key.slice(key.length + 1), m);
});
// Reads a question and its options, with a voice that is on the phone: no word of it leaves the room.
function voice() {
  return S.getVoices().filter(function (v) { return v.localService && v.lang.toLowerCase().indexOf(lang) === 0; })[0];
}
function reader(box) {
  var b = D.createElement('button');
  if (box._read) return;
  box._read = 1;
  b.type = 'button';
  b.className = 'read';
  b.textContent = '▶ ' + api.words.aloud;
  b.onclick = function () {
    if (S.speaking) { S.cancel(); return; }
    api.each(api.all('h1,h2,.o,form>label,.right,.yours', box), function (x) {
      if (!x.offsetParent) return;
      var u = new SpeechSynthesisUtterance(x.textContent.replace(/[●■▲◆★⬢◉]/g, ','));
      u.voice = voice();
      u.lang = u.voice.lang;
      S.speak(u);
    });
  };
  box.insertBefore(b, box.children[1] || null);
}
});
