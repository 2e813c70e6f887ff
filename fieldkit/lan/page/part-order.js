// Tap in order: each tap gives the next number. The selects of the plain form stay underneath and are what is sent.
fk('order', function (box, api) {
'use strict';
if (!document.getElementById('tap-css')) { var css = document.createElement('style'); css.id = 'tap-css'; css.textContent = '@tap.css@'; document.head.appendChild(css); }
var form = box.querySelector('form'), selects = api.all('select', form), undo = api.all('button[type=button]', form)[0], keys = [], list = document.createElement('div');
function chosen() { return selects.map(function (s) { return s.value; }).filter(function (v) { return v; }); }
function set(ids) {
  api.each(selects, function (s, i) { s.value = ids[i] || ''; });
  form._dirty = 1;
  show();
}
function show() {
  var ids = chosen();
  api.each(keys, function (b) {
    var at = ids.indexOf(b.value) + 1;
    b.querySelector('b').textContent = at || '';
    b.setAttribute('aria-pressed', at > 0);
  });
  undo.disabled = !ids.length;
  api.each(api.all('.go,[name=sure]', form), function (b) { b.disabled = ids.length < selects.length; });
}
api.each(selects[0].options, function (o, i) {
  if (!o.value) return;
  var b = document.createElement('button'), n = document.createElement('b'), s = document.createElement('span');
  // The option is spelled "A ● text"; behind F a letter stands alone.
  var sign = document.createElement('i'), at = i < 7 ? 3 : o.text.indexOf(' ');
  b.type = 'button'; b.className = 'o tap o' + (i - 1); b.value = o.value;
  n.className = 'n'; sign.textContent = o.text.slice(0, at); s.textContent = o.text.slice(at + 1);
  b.appendChild(sign); b.appendChild(s); b.appendChild(n);
  b.onclick = function () {
    var ids = chosen(), at = ids.indexOf(o.value);
    // A number tapped again takes itself and what came after it away.
    if (at < 0) ids.push(o.value);
    else ids.length = at;
    set(ids);
  };
  keys.push(b);
  list.appendChild(b);
});
api.each(selects, function (s) { s.required = false; s.parentNode.hidden = true; });
form.insertBefore(list, undo);
undo.hidden = false;
undo.onclick = function () { set(chosen().slice(0, -1)); };
box._paint = show;
show();
});
