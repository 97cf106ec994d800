// The desk's keys, the marks on the image, and picking values from it.
const $ = (q, from = document) => from.querySelector(q);
const all = (q, from = document) => [...from.querySelectorAll(q)];
const desk = $('.desk');
const input = (row) => $('select,input:not([type=hidden]),textarea', row);

if (desk) start();
else document.addEventListener('keydown', (e) => {
  if (e.key === 'Enter' && e.target === document.body) $('#start')?.click();
});

function start() {
  const pages = $('.pages'), dialog = $('#keys'), single = $('#single'), form = $('#decide');
  const mine = (what) => `${desk.dataset.me}: ${what}`; // several people can share a browser
  let words = [], current = null, matches = [], chosen = -1, width = 100;
  const figure = (n) => $(`figure[data-page="${n}"]`);

  single.checked = localStorage.getItem(mine('single keys')) !== 'off';
  single.onchange = () => localStorage.setItem(mine('single keys'), single.checked ? 'on' : 'off');

  // The words to pick from come after the page itself has been shown.
  addEventListener('load', () => fetch(`/document/${desk.dataset.document}/words`).then((r) => r.ok ? r.json() : []).then((w) => { words = w; }).catch(() => {}));

  const place = (el, b) => {
    el.style.left = `${b[0] * 100}%`; el.style.top = `${b[1] * 100}%`;
    el.style.width = `${(b[2] - b[0]) * 100}%`; el.style.height = `${(b[3] - b[1]) * 100}%`;
  };
  // Marks stand in a layer over the image alone: the caption below it is no part of the page.
  all('figure').forEach((f) => {
    const layer = document.createElement('div');
    layer.className = 'layer'; f.append(layer);
    const fit = () => { const i = $('img', f); layer.style.position = 'absolute'; layer.style.inset = '0 0 auto 0'; layer.style.height = `${i.clientHeight}px`; };
    new ResizeObserver(fit).observe($('img', f));
    drag(f, layer);
  });
  const mark = (page, box, name) => {
    const el = document.createElement('div');
    el.className = name; place(el, box); $('.layer', figure(page))?.append(el);
    return el;
  };
  const clear = (name) => all(`.${name}`).forEach((m) => m.remove());
  const boxOf = (row) => (row.dataset.box || '').trim().split(/\s+/).map(Number);

  function show(row) {
    current = row; clear('mark'); clear('match'); matches = []; chosen = -1;
    const page = Number(row.dataset.page), box = boxOf(row);
    if (!page || box.length !== 4 || !(box[2] > box[0])) return;
    mark(page, box, 'mark').scrollIntoView({ block: 'center', inline: 'center' });
    strip(row, page, box);
  }
  function strip(row, page, box) {
    const canvas = $('.strip', row), img = $('img', figure(page));
    if (!canvas || !img?.naturalWidth) return;
    const w = img.naturalWidth, h = img.naturalHeight, pad = 6;
    const x = Math.max(0, box[0] * w - pad), y = Math.max(0, box[1] * h - pad);
    const cw = (box[2] - box[0]) * w + 2 * pad, ch = (box[3] - box[1]) * h + 2 * pad;
    canvas.width = cw; canvas.height = ch; canvas.hidden = false;
    canvas.getContext('2d').drawImage(img, x, y, cw, ch, 0, 0, cw, ch);
  }
  const rows = all('.row');
  rows.forEach((row) => input(row)?.addEventListener('focus', () => show(row)));
  addEventListener('load', () => rows.forEach((row) => {
    const page = Number(row.dataset.page), box = boxOf(row);
    if (page && box[2] > box[0]) strip(row, page, box);
  }));

  function next() {
    const doubtful = rows.filter((r) => r.classList.contains('doubtful'));
    if (!doubtful.length) { $('#accept')?.focus(); return; }
    const after = doubtful.filter((r) => rows.indexOf(r) > rows.indexOf(current));
    const to = after[0];
    if (to) input(to).focus(); else { current = null; $('#accept')?.focus(); }
  }

  // Picking: a click on a word, a drag over words, or typing the first letters.
  function put(text) {
    const field = current && input(current);
    if (!field || field.tagName === 'SELECT' || field.id === 'search' || 'blind' in field.dataset || !text) return;
    field.value = field.tagName === 'TEXTAREA' && field.value ? `${field.value}\n${text}` : text;
    clear('match'); matches = []; chosen = -1;
    next();
  }
  function drag(f, layer) {
    let from = null;
    const at = (e) => { const r = $('img', f).getBoundingClientRect(); return [(e.clientX - r.left) / r.width, (e.clientY - r.top) / r.height]; };
    f.addEventListener('pointerdown', (e) => { if (e.button === 0 && current) { from = at(e); e.preventDefault(); } });
    f.addEventListener('pointerup', (e) => {
      if (!from) return;
      const to = at(e), a = [Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.max(from[0], to[0]), Math.max(from[1], to[1])];
      from = null;
      const on = (words[f.dataset.page - 1] || []).filter(({ b }) => b[0] <= a[2] && b[2] >= a[0] && b[1] <= a[3] && b[3] >= a[1]);
      put(on.map((w) => w.t).join(' '));
    });
  }
  function match(text) {
    clear('match'); matches = []; chosen = -1;
    if (text.length < 2 || !current || 'blind' in input(current).dataset) return;
    const want = text.toLowerCase();
    words.forEach((list, i) => list.forEach((w, k) => {
      if (w.t.toLowerCase().startsWith(want) && matches.length < 40) matches.push({ page: i + 1, k, el: mark(i + 1, w.b, 'match') });
    }));
  }
  function choose(step) {
    if (!matches.length) return false;
    matches[chosen]?.el.classList.remove('on');
    chosen = (chosen + step + matches.length) % matches.length;
    matches[chosen].el.classList.add('on');
    matches[chosen].el.scrollIntoView({ block: 'nearest' });
    return true;
  }
  form.addEventListener('input', (e) => {
    if (e.target.id === 'search') find(e.target.value);
    else if (e.target.matches('input,textarea')) { match(e.target.value); check(e.target); }
  });

  // The NHS number's check digit (modulus 11), while typing.
  function check(field) {
    if (field.id !== 'field.nhs_number') return;
    const d = field.value.replace(/[\s-]/g, '');
    let wrong = '';
    if (d && !/^\d{10}$/.test(d)) wrong = 'An NHS number has ten digits';
    else if (d) {
      const c = 11 - [...d.slice(0, 9)].reduce((s, x, i) => s + x * (10 - i), 0) % 11;
      if (c === 10 || c % 11 !== Number(d[9])) wrong = 'The check digit does not hold';
    }
    field.setCustomValidity(wrong);
    field.setAttribute('aria-invalid', wrong ? 'true' : 'false');
  }

  // Patient search.
  const search = $('#search'), list = $('#found');
  let asked = 0, option = -1;
  function find(q) {
    const mine = ++asked;
    if (q.trim().length < 2) { fill([]); return; }
    fetch(`/patients?q=${encodeURIComponent(q)}`).then((r) => r.json()).then((found) => { if (mine === asked) fill(found); }).catch(() => {});
  }
  function fill(found) {
    option = -1; list.replaceChildren(); list.hidden = !found.length; search.setAttribute('aria-expanded', String(found.length > 0));
    found.forEach((p, i) => {
      const li = document.createElement('li');
      li.role = 'option'; li.id = `found${i}`; li.textContent = p.text; li.setAttribute('aria-selected', 'false');
      li.onclick = () => take(p); li.patient = p; list.append(li);
    });
    if (found.length) point(0);
  }
  function point(i) {
    const items = [...list.children];
    option = (i + items.length) % items.length;
    items.forEach((li, k) => li.setAttribute('aria-selected', String(k === option)));
    search.setAttribute('aria-activedescendant', `found${option}`);
  }
  function take(p) {
    $('#patient').value = p.id; $('#chosen').textContent = p.text; search.value = '';
    search.closest('.row').classList.remove('doubtful'); fill([]); next();
  }

  const size = (to) => { width = Math.min(400, Math.max(20, to)); all('figure').forEach((f) => { f.style.width = `${width}%`; }); lay(); };
  const zoom = (by) => size(width + by);
  const fit = () => {
    const i = $('figure img');
    size(width === 100 && i?.naturalWidth ? 98 * pages.clientHeight / pages.clientWidth * i.naturalWidth / i.naturalHeight : 100);
  };
  let turned = 0; // of the view only: the page itself is turned under Pages
  const rotate = () => { turned = (turned + 90) % 360; lay(); };
  // What is turned on its side needs as much room across as it had along.
  function lay() {
    all('figure').forEach((f) => {
      const odd = turned % 180 ? (f.clientWidth - f.clientHeight) / 2 : 0;
      f.style.transform = turned ? `rotate(${turned}deg)` : '';
      f.style.margin = odd ? `${odd}px ${-odd}px` : '';
    });
  }
  const contrast = () => { const on = pages.classList.toggle('contrast'); $('#contrast').setAttribute('aria-pressed', String(on)); };
  const help = () => dialog.showModal();
  $('#larger').onclick = () => zoom(25); $('#smaller').onclick = () => zoom(-25); $('#contrast').onclick = contrast; $('#help').onclick = help;
  $('#fit').onclick = fit; $('#rotate').onclick = rotate;
  const back = () => { const why = $('#why'); if (why) { why.closest('details').open = true; why.focus(); } };

  let sent = false;
  addEventListener('pageshow', () => { sent = false; });
  form.addEventListener('submit', (e) => { if (sent) e.preventDefault(); sent = true; });
  const accept = () => $('#accept')?.click();
  const does = {
    accept, next, skip: () => $('#skip')?.click(), type: () => $('#type').focus(), patient: () => search.focus(), undo: () => $('#undo')?.click(), back,
    larger: () => zoom(25), smaller: () => zoom(-25), fit, rotate, contrast, queue: () => { location.href = desk.dataset.queue; }, pages: () => $('#arrange')?.click(), help,
  };
  // Each key can be another: WCAG 2.1.4.
  const keys = {};
  const own = JSON.parse(localStorage.getItem(mine('keys')) || '{}');
  const learn = () => {
    all('[data-does]', dialog).forEach((i) => { i.value = own[i.dataset.does] || i.defaultValue; });
    all('kbd[data-of]').forEach((k) => { k.textContent = $(`[data-does="${k.dataset.of}"]`).value; });
    Object.keys(keys).forEach((k) => delete keys[k]);
    all('[data-does]', dialog).forEach((i) => { keys[i.value] = does[i.dataset.does]; });
  };
  dialog.addEventListener('change', (e) => {
    const which = e.target.dataset.does, key = e.target.value;
    if (!which) return;
    const taken = all('[data-does]', dialog).some((i) => i !== e.target && i.value === key);
    $('#taken').textContent = taken ? `${key} is taken already` : '';
    if (!taken && key.trim()) { own[which] = key; localStorage.setItem(mine('keys'), JSON.stringify(own)); }
    learn();
  });
  $('#defaults').onclick = () => { localStorage.removeItem(mine('keys')); Object.keys(own).forEach((k) => delete own[k]); $('#taken').textContent = ''; learn(); };
  learn();
  document.addEventListener('keydown', (e) => {
    if (dialog.open) return;
    const typing = e.target.matches('input,textarea,select');
    if (e.key === 'Enter' && e.ctrlKey) { e.preventDefault(); accept(); return; }
    if (e.key === 'Escape' && typing) { e.target.blur(); return; }
    if (e.target === search && !list.hidden) {
      if (e.key === 'ArrowDown' || e.key === 'ArrowUp') { e.preventDefault(); point(option + (e.key === 'ArrowDown' ? 1 : -1)); return; }
      if (e.key === 'Enter') { e.preventDefault(); take(list.children[option].patient); return; }
    }
    if (typing && e.target.tagName === 'INPUT') {
      if ((e.key === 'ArrowDown' || e.key === 'ArrowUp') && choose(e.key === 'ArrowDown' ? 1 : -1)) { e.preventDefault(); return; }
      if (e.key === 'Enter') { e.preventDefault(); if (chosen >= 0) put(words[matches[chosen].page - 1][matches[chosen].k].t); else next(); return; }
    }
    if (typing || e.ctrlKey || e.altKey || e.metaKey || !single.checked) return;
    if (keys[e.key]) { e.preventDefault(); keys[e.key](); }
  });

  // The doubtful value is in focus at once; when all is right one key accepts.
  if (!$('.error') && rows.some((r) => r.classList.contains('doubtful'))) next();
  // The next document's images are here before it is opened, which alone claims it.
  addEventListener('load', () => (desk.dataset.next || '').split(' ').filter(Boolean).reduce((all, src) => {
    const i = new Image();
    i.src = src;
    return Promise.all([all, i.decode().catch(() => {})]);
  }, null)?.then(() => { desk.dataset.ahead = 'yes'; }));
}
