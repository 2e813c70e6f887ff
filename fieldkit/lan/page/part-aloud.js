// Reads a question and its options aloud, with a voice that is on the phone: no word of it leaves the room.
fk('aloud', function (root, api) {
'use strict';
var S = window.speechSynthesis, D = document, lang = D.documentElement.lang;
function voice() {
  return S.getVoices().filter(function (v) { return v.localService && v.lang.slice(0, 2).toLowerCase() === lang.slice(0, 2).toLowerCase(); })[0];
}
function read(box) {
  var said = api.all('h1,h2,.o,label,.right,.yours', box).filter(function (x) { return !x.hidden && x.offsetParent && x.type !== 'button'; });
  if (S.speaking) { S.cancel(); return; }
  api.each(said, function (x) {
    var u = new SpeechSynthesisUtterance(x.textContent.replace(/[●■▲◆★⬢]/g, ','));
    u.voice = voice(); u.lang = lang;
    S.speak(u);
  });
}
root._paint = function () {
  if (!voice()) return;
  api.each(api.all('.q,.r'), function (box) {
    if (box._read) return;
    var b = D.createElement('button');
    box._read = 1;
    b.type = 'button'; b.className = 'read'; b.textContent = '▶ ' + api.words.aloud;
    b.onclick = function () { read(box); };
    box.insertBefore(b, box.children[1] || null);
  });
};
S.onvoiceschanged = api.paint;
});
