// One question after another: the first without an answer is shown, Back and Next lead to the others.
fk('quiz', function (box, api) {
'use strict';
var forms = api.all('form', box), nav = box.querySelector('.two'), keys = api.all('button', nav), at = 0;
function free(from) {
  for (var i = 0; i < forms.length; i++) if (!api.mine(api.data(forms[(from + i) % forms.length], 'k'))) return (from + i) % forms.length;
  return -1;
}
function show() {
  api.each(forms, function (f, i) { f.hidden = i !== at; });
  keys[0].disabled = !at;
  keys[1].disabled = at === forms.length - 1;
}
function go(to) { at = to; show(); }
keys[0].onclick = function () { go(at - 1); };
keys[1].onclick = function () { go(at + 1); };
nav.hidden = forms.length < 2;
box._next = function (f) {
  var to = free(forms.indexOf(f));
  if (to >= 0) setTimeout(function () { go(to); }, 300);
};
go(Math.max(0, free(0)));
});
