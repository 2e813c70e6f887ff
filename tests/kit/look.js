// What can be seen to be wrong with a page by measuring it: {lang, target, inline, apart, latin, live} → sentences.
(asked) => {
  const wrong = [], wide = window.innerWidth, root = document.documentElement;
  const words = (e) => (e.tagName + ' ' + (e.textContent || e.value || e.name || '').trim().slice(0, 40)).replace(/\s+/g, ' ');
  const seen = (e) => e.getClientRects().length && getComputedStyle(e).visibility !== 'hidden' && !e.closest('.vh');
  const closed = (e) => { const d = e.closest('details:not([open])'); return d && !(e.closest('summary') && e.closest('summary').parentNode === d); };

  const flexible = (e, to) => /flex|grid/.test(getComputedStyle(e).display) || (e !== to && flexible(e.parentElement, to));

  if (root.scrollWidth > wide) wrong.push('scrolls sideways: ' + root.scrollWidth);
  if (root.lang !== asked.lang) wrong.push('lang is ' + root.lang);
  if (getComputedStyle(document.body).direction !== (asked.lang === 'ar' ? 'rtl' : 'ltr')) wrong.push('direction');
  if (root.dir !== (asked.lang === 'ar' ? 'rtl' : 'ltr')) wrong.push('dir is ' + root.dir);

  const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
  for (const id of new Set(ids.filter((x, k) => ids.indexOf(x) !== k))) wrong.push('twice: id ' + id);
  for (const img of document.images) if (img.complete && !img.naturalWidth) wrong.push('no picture: ' + img.src);

  // Live regions: one that waits its turn, none that is empty of purpose.
  const live = [...document.querySelectorAll('[aria-live=polite],[role=status],[role=log]')].filter((e) => !e.hidden);
  if (live.length !== asked.live) wrong.push('live regions: ' + live.map(words).join(', '));

  // Targets: large, apart, on the page.
  const all = [...document.querySelectorAll('a[href],button,select,textarea,summary,input:not([type=hidden]),label.o')];
  const targets = all.filter((e) => seen(e) && !closed(e) && !(e.closest('label.o') && e.tagName === 'INPUT'));
  const rects = targets.map((e) => e.getBoundingClientRect());
  targets.forEach((e, k) => {
    const r = rects[k], inline = e.tagName === 'A' && !/\b(o|go)\b/.test(e.className);
    const least = inline ? asked.inline : asked.target;
    if (r.height < least - 0.5 || (!inline && r.width < least - 0.5)) wrong.push('small, ' + Math.round(r.width) + '×' + Math.round(r.height) + ': ' + words(e));
    if (r.left < -0.5 || r.right > wide + 0.5) wrong.push('beside the page: ' + words(e));
    targets.forEach((f, n) => {
      if (n <= k || e.contains(f) || f.contains(e)) return;
      const s = rects[n], x = Math.max(r.left, s.left) - Math.min(r.right, s.right), y = Math.max(r.top, s.top) - Math.min(r.bottom, s.bottom);
      const both = !inline && !(f.tagName === 'A' && !/\b(o|go)\b/.test(f.className));
      if (x < 0 && y < 0 ? !e.closest('.pic') : both && Math.max(x, y) < asked.apart - 0.5) wrong.push('close, ' + Math.round(Math.max(x, y)) + ': ' + words(e) + ' / ' + words(f));
    });
  });

  // Text: inside the page and its box, nothing over it, in the page's own language.
  const lines = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const t = walk.currentNode, e = t.parentElement;
    if (!t.data.trim() || /SCRIPT|STYLE|OPTION|TEXTAREA/.test(e.tagName) || !seen(e) || closed(e)) continue;
    const range = document.createRange();
    range.selectNodeContents(t);
    const box = e.closest('button,.o,li,label,p,td,dd,h1,h2') || e, style = getComputedStyle(box);
    for (const r of range.getClientRects()) {
      if (r.width < 1) continue;
      if (r.left < -0.5 || r.right > wide + 0.5) wrong.push('text beside the page: ' + t.data.slice(0, 40));
      const b = box.getBoundingClientRect();
      if (r.left < b.left - 2 || r.right > b.right + 2) wrong.push('text beside its box: ' + t.data.slice(0, 40));
      if (style.overflow !== 'visible' && (r.bottom > b.bottom + 2 || r.top < b.top - 2)) wrong.push('text cut off: ' + t.data.slice(0, 40));
      lines.push([r, t]);
    }
    // A line that begins in this page's letters begins at this page's side.
    const block = e.closest('p,li,h1,h2,label'), begins = block && block.textContent.trim();
    if (block && asked.lang === 'ar' && /^[^A-Za-z]*[\u0600-\u06FF]/.test(begins) && begins.indexOf(t.data.trim()) === 0 && !flexible(e, block)
      && /start|right/.test(getComputedStyle(block).textAlign)) {
      range.selectNodeContents(block);
      const line = [...range.getClientRects()].filter((r) => r.width > 1), top = Math.min(...line.map((r) => r.top));
      const right = Math.max(...line.filter((r) => r.top < top + 12).map((r) => r.right));
      if (block.getBoundingClientRect().right - right > 60) wrong.push('begins at the wrong side: ' + t.data.slice(0, 40));
    }
    if (asked.latin) {
      const left = t.data.replace(new RegExp(asked.latin, 'g'), '').match(/[A-Za-z]{2,}/);
      if (left && !e.closest('[lang]:not(html),.code,pre')) wrong.push('not translated: ' + t.data.slice(0, 60));
    }
    const size = parseFloat(getComputedStyle(e).fontSize);
    if (size < 14) wrong.push('tiny, ' + size + ': ' + t.data.slice(0, 40));
  }
  lines.forEach(([r, t], k) => lines.slice(k + 1).forEach(([s, u]) => {
    if (t === u) return;
    const x = Math.min(r.right, s.right) - Math.max(r.left, s.left), y = Math.min(r.bottom, s.bottom) - Math.max(r.top, s.top);
    if (x > 3 && y > Math.max(8, 0.35 * Math.min(r.height, s.height)) && !t.parentElement.closest('#bar,.ends') && !u.parentElement.closest('#bar,.ends')) wrong.push('text over text: ' + t.data.slice(0, 30) + ' / ' + u.data.slice(0, 30));
  }));
  return [...new Set(wrong)];
}
