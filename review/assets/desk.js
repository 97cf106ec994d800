// The page of a document: its keys, the marks on the image, and picking values from it. The same
// pages can stand in a window of their own, for a second screen (sheet.html).
/* global typed, digits: values.js; onward: onward.js */

// within is how things are looked up in a part of the page; the next document stands in the page
// beside the one that is open.
const within = (part) => [(q, from = part) => from.querySelector(q), (q, from = part) => [...from.querySelectorAll(q)]];
const [$, all] = within(document);
const main = $('main'), sheet = $('.sheet'), channels = {};
const input = (row) => $('select,input:not([type=hidden]),textarea', row);

// What was typed and not sent lives as long as the tab, and for its person alone.
$('form[action="/signout"]')?.addEventListener('submit', () => sessionStorage.clear());

onward.starts((part, signal) => $('.desk', part) && start(part, signal));

if ($('.desk')) onward.begin(main);
else if (sheet) follow();
else document.addEventListener('keydown', (e) => {
  if (e.key === 'Enter' && e.target === document.body) $('#start')?.click();
});

// viewer is the images of the pages with their marks, and how they are shown.
function viewer(part, picked) {
  const [$, all] = within(part), pages = $('.pages');
  let width = 100, turned = 0; // turned is of the view only: the page itself is turned under Pages
  const figure = (n) => $(`figure[data-page="${n}"]`);
  const place = (el, b) => {
    el.style.left = `${b[0] * 100}%`; el.style.top = `${b[1] * 100}%`;
    el.style.width = `${(b[2] - b[0]) * 100}%`; el.style.height = `${(b[3] - b[1]) * 100}%`;
  };
  // Marks stand in a layer over the image alone: the caption below it is no part of the page.
  all('figure').forEach((f) => {
    const layer = document.createElement('div'), img = $('img', f);
    layer.className = 'layer'; f.append(layer);
    layer.style.aspectRatio = `${img.getAttribute('width')} / ${img.getAttribute('height')}`;
    let from = null, drawn = null;
    const span = (a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[0], b[0]), Math.max(a[1], b[1])];
    const end = () => { from = null; drawn?.remove(); drawn = null; };
    const at = (e) => {
      const r = $('img', f).getBoundingClientRect(), x = (e.clientX - r.left) / r.width, y = (e.clientY - r.top) / r.height;
      return [[x, y], [y, 1 - x], [1 - x, 1 - y], [1 - y, x]][turned / 90];
    };
    // A drag that ends beside the page counts as far as it went over it.
    f.addEventListener('pointerdown', (e) => { if (e.button === 0) { from = at(e); f.setPointerCapture(e.pointerId); e.preventDefault(); } });
    f.addEventListener('pointermove', (e) => {
      if (!from) return;
      if (!drawn) { drawn = document.createElement('div'); drawn.className = 'drawn'; layer.append(drawn); }
      place(drawn, span(from, at(e)));
    });
    f.addEventListener('pointercancel', end);
    f.addEventListener('pointerup', (e) => {
      if (!from) return;
      const a = span(from, at(e));
      end();
      picked(Number(f.dataset.page), a);
    });
  });
  // The small images are one stop of Tab, however many they are; the arrows lead among them.
  const thumbs = all('.thumbs a');
  thumbs.forEach((thumb, i) => {
    thumb.tabIndex = i ? -1 : 0;
    thumb.addEventListener('focus', () => thumbs.forEach((t) => { t.tabIndex = t === thumb ? 0 : -1; }));
    thumb.addEventListener('keydown', (e) => {
      const to = { ArrowDown: i + 1, ArrowRight: i + 1, ArrowUp: i - 1, ArrowLeft: i - 1, Home: 0, End: thumbs.length - 1 }[e.key];
      if (to === undefined || e.ctrlKey || e.altKey || e.metaKey) return;
      e.preventDefault(); e.stopPropagation(); thumbs[to]?.focus();
    });
  });
  const mark = (page, box, name) => {
    const el = document.createElement('div');
    el.className = name; place(el, box); $('.layer', figure(page))?.append(el);
    return el;
  };
  const clear = (name) => all(`.${name}`, pages).forEach((m) => m.remove());
  // What is turned on its side needs as much room across as it had along.
  function lay() {
    all('figure').forEach((f) => {
      const odd = turned % 180 ? (f.clientWidth - f.clientHeight) / 2 : 0;
      f.style.transform = turned ? `rotate(${turned}deg)` : '';
      f.style.margin = odd ? `${odd}px ${-odd}px` : '';
    });
  }
  let own = false; // the person has chosen a size
  const size = (to, chosen = true) => { own = own || chosen; width = Math.min(400, Math.max(20, to)); all('figure').forEach((f) => { f.style.width = `${width}%`; }); lay(); };
  const does = {
    larger: () => size(width + 25), smaller: () => size(width - 25),
    fit: () => {
      const i = $('figure img');
      size(width === 100 && i ? 98 * pages.clientHeight / pages.clientWidth * i.getAttribute('width') / i.getAttribute('height') : 100);
    },
    rotate: () => { turned = (turned + 90) % 360; lay(); },
    before: () => go(-1), after: () => go(1),
    contrast: () => { const on = pages.classList.toggle('contrast'); $('#contrast').setAttribute('aria-pressed', String(on)); },
  };
  Object.entries(does).forEach(([name, act]) => { const button = $(`#${name}`); if (button) button.onclick = act; });
  // go leads so many pages on from the one at the top.
  function go(by) {
    const figures = all('figure'), top = pages.getBoundingClientRect().top, at = figures.findIndex((f) => f.getBoundingClientRect().bottom > top + 40);
    const to = figures[Math.min(figures.length - 1, Math.max(0, at + by))];
    if (to) pages.scrollTo({ top: pages.scrollTop + to.getBoundingClientRect().top - top, behavior: 'instant' });
  }
  // show marks where a value stands, and goes there as near as it can be read.
  function show(page, box, name = 'mark') {
    if (!page || !figure(page) || !(box[2] > box[0])) return;
    const img = $('img', figure(page));
    if (!own && !turned) {
      // So large that its letters are as high as those of the form, and all of it is seen.
      const high = (box[3] - box[1]) * pages.clientWidth * img.getAttribute('height') / img.getAttribute('width');
      size(100 * Math.max(1, Math.min(1.8, 17 / high, 0.9 / (box[2] - box[0]))), false);
    }
    mark(page, box, name).scrollIntoView({ block: 'center', inline: 'center' });
  }
  return { pages, figure, mark, clear, show, does };
}

// channel joins the windows of one person at one desk.
function channel(who) { return channels[who] ??= new BroadcastChannel(`postroom ${who}`); }

// follow is the window with the pages alone: it shows what the desk is at.
function follow() {
  const others = channel(sheet.dataset.me);
  const view = viewer(main, (page, area) => others.postMessage({ pick: sheet.dataset.document, page, area }));
  others.onmessage = ({ data }) => {
    if (data.document && data.document !== sheet.dataset.document) { location.replace(`/document/${data.document}/sheet`); return; }
    if (data.document) { view.clear('mark'); view.show(data.page, data.box || []); }
  };
  document.addEventListener('keydown', (e) => {
    const act = { '+': 'larger', '-': 'smaller', 0: 'fit', o: 'rotate', c: 'contrast' }[e.key];
    if (act && !e.ctrlKey && !e.altKey && !e.metaKey && localStorage.getItem(`${sheet.dataset.me}: single keys`) !== 'off') { e.preventDefault(); view.does[act](); }
  });
  addEventListener('load', () => others.postMessage({ ask: true }));
}

// start makes a document's part of the page ready. It can be out of sight still: laid does what needs
// its place on the screen, and opened what is for the document that is open alone.
function start(part, signal) {
  const [$, all] = within(part), desk = $('.desk'), dialog = $('#keys'), single = $('#single'), form = $('#decide'), id = desk.dataset.document;
  const mine = (what) => `${desk.dataset.me}: ${what}`; // several people can share a browser
  const rows = all('.row'), monthFirst = desk.dataset.dates === 'mdy';
  let words = [], current = null, matches = [], chosen = -1;
  const view = viewer(part, pick), { figure, mark, clear } = view;

  single.onchange = () => { localStorage.setItem(mine('single keys'), single.checked ? 'on' : 'off'); learn(); };

  // The words to pick from come after the page itself has been shown. Who clicks before that
  // gets the word when it is there.
  let arrived = () => {};
  const known = new Promise((done) => { arrived = done; });

  const boxOf = (row) => (row.dataset.box || '').trim().split(/\s+/).map(Number);
  const others = channel(desk.dataset.me);
  const tell = () => others.postMessage({ document: id, page: current ? Number(current.dataset.page) : 0, box: current ? boxOf(current) : [] });

  function show(row) {
    current = row; clear('mark'); clear('match'); matches = []; chosen = -1;
    view.show(Number(row.dataset.page), boxOf(row));
  }
  function strip(row, page, box) {
    const canvas = $('.strip', row), img = $('img', figure(page));
    if (!canvas || !img) return;
    if (!img.naturalWidth) { // a page far down, which else is loaded when somebody goes there
      img.addEventListener('load', () => strip(row, page, box), { once: true, signal });
      img.loading = 'eager';
      return;
    }
    const w = img.naturalWidth, h = img.naturalHeight, pad = 6;
    const x = Math.max(0, box[0] * w - pad), y = Math.max(0, box[1] * h - pad);
    const cw = (box[2] - box[0]) * w + 2 * pad, ch = (box[3] - box[1]) * h + 2 * pad;
    canvas.width = cw; canvas.height = ch; canvas.hidden = false;
    canvas.getContext('2d').drawImage(img, x, y, cw, ch, 0, 0, cw, ch);
  }
  let ready = null; // the row whose place is shown already
  rows.forEach((row) => input(row)?.addEventListener('focus', () => {
    if (row !== ready) show(row);
    ready = null; tell();
  }));
  const strips = () => rows.forEach((row) => {
    const page = Number(row.dataset.page), box = boxOf(row);
    if (page && box[2] > box[0]) strip(row, page, box);
  });

  // go puts a value into focus so that what is typed takes its place.
  function go(row) {
    const field = input(row);
    field.focus();
    if (current !== row) { show(row); tell(); } // in a window that is not in front nothing is told of the focus
    if (field.tagName === 'INPUT') field.select();
    else if (field.tagName === 'TEXTAREA') field.setSelectionRange(field.value.length, field.value.length);
  }
  function next() {
    const doubtful = rows.filter((r) => r.classList.contains('doubtful'));
    const to = doubtful.find((r) => rows.indexOf(r) > rows.indexOf(current));
    if (to) go(to); else { current = null; $('#accept')?.focus(); }
  }

  // Picking: a click on a word, a drag over words, or typing the first letters.
  const fillable = () => {
    const field = current && input(current);
    return field && field.tagName !== 'SELECT' && field.id !== 'search' && !('blind' in field.dataset) ? field : null;
  };
  // put fills the field; in a list the text is one more entry, or takes the place of what was typed
  // of it.
  function put(text, typedOf = '') {
    const field = fillable();
    if (!field || !text) return;
    if (field.tagName === 'TEXTAREA') {
      const at = typedOf ? field.selectionStart : field.value.length, before = field.value.slice(0, at - typedOf.length);
      field.value = before + (before && !before.endsWith('\n') ? '\n' : '') + text + field.value.slice(at);
    } else field.value = text;
    clear('match'); matches = []; chosen = -1;
    check(field); keep();
    next();
  }
  async function pick(page, a) {
    const into = fillable();
    await known;
    if (fillable() !== into) return; // the clerk has gone on since
    const list = words[page - 1] || [];
    const on = list.flatMap(({ b }, k) => b[0] <= a[2] && b[2] >= a[0] && b[1] <= a[3] && b[3] >= a[1] ? [k] : []);
    if (on.length === 1) put(whole(page, on[0]));
    else put(joined(on.map((k) => list[k])));
  }
  // joined is the text of words; in a list each line of the page is one entry.
  function joined(some) {
    const lines = fillable()?.tagName === 'TEXTAREA';
    return some.map((w, i) => (i ? lines && w.l !== some[i - 1].l ? '\n' : ' ' : '') + w.t).join('');
  }
  // whole is the number or date that a word is part of, where the field in focus wants one: they
  // stand in several words as a rule. Otherwise it is the word.
  function whole(page, k) {
    const list = words[page - 1], name = fillable()?.name.slice(6);
    const wants = (text) => digits[name] ? text.replace(/\D/g, '').length === digits[name] && !/[A-Za-z]/.test(text) : name?.endsWith('_date') && typed(name, text, monthFirst).ok;
    for (let n = 1; n <= 4; n++) for (let from = Math.max(0, k - n + 1); from <= k; from++) {
      const run = list.slice(from, from + n), text = run.map((w) => w.t).join(' ').replace(/[.,;:]$/, '');
      if (run.length === n && run.every((w) => w.l === list[k].l) && wants(text)) return text;
    }
    return list[k].t;
  }
  // Words are found without their accents and the marks before them, and with either apostrophe.
  const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').replace(/[‘’]/g, "'").replace(/^[^\p{L}\p{N}]+/u, '').toLowerCase();
  // begun is what was typed of a word: of a list, in the line where one types.
  const begun = (field) => field.tagName === 'TEXTAREA' ? field.value.slice(0, field.selectionStart).split('\n').pop() : field.value;
  function match(text) {
    clear('match'); matches = []; chosen = -1;
    const want = plain(text);
    if (want.length < 2 || !fillable()) return;
    words.forEach((list, i) => list.forEach((w, k) => {
      if (plain(w.t).startsWith(want) && matches.length < 40) matches.push({ page: i + 1, k, n: 1, els: [mark(i + 1, w.b, 'match')] });
    }));
  }
  function choose(step) {
    if (!matches.length) return false;
    matches[chosen]?.els.forEach((el) => el.classList.remove('on'));
    chosen = (chosen + step + matches.length) % matches.length;
    matches[chosen].els.forEach((el) => el.classList.add('on'));
    matches[chosen].els[0].scrollIntoView({ block: 'nearest' });
    return true;
  }
  // extend takes the words after the chosen one too, as a drag does.
  function extend(step) {
    const m = matches[chosen], list = m && words[m.page - 1];
    if (!m || m.n + step < 1 || m.k + m.n + step > list.length) return Boolean(m);
    if (step > 0) { const el = mark(m.page, list[m.k + m.n].b, 'match'); el.classList.add('on'); m.els.push(el); }
    else m.els.pop().remove();
    m.n += step;
    return true;
  }
  const taken = () => {
    const m = matches[chosen];
    return m.n === 1 ? whole(m.page, m.k) : joined(words[m.page - 1].slice(m.k, m.k + m.n));
  };

  form.addEventListener('input', (e) => {
    if (e.target.id === 'search') find(e.target.value);
    else if (e.target.matches('input,textarea')) { match(begun(e.target)); check(e.target); }
    keep(); stay();
  });

  // Values are held against their rules while they are typed: what is wrong, what is still
  // missing, or how a date was understood stands under the input.
  function check(field) {
    if (!field.name.startsWith('field.') || field.tagName !== 'INPUT') return;
    const leftOut = 'blind' in field.dataset && field.value.trim() === '-';
    const said = $('.said', field.closest('.row')), { ok, wrong, text } = leftOut ? { text: 'It cannot be read, and is left out' } : typed(field.name.slice(6), field.value, monthFirst);
    field.setCustomValidity(wrong || '');
    field.setAttribute('aria-invalid', wrong ? 'true' : 'false');
    said.textContent = wrong || text || '';
    said.className = `said${wrong ? ' wrong' : ok ? ' ok' : ''}`;
  }

  // What was typed outlives a session that ends, a refusal and a page that is closed by mistake: it
  // is kept in this tab until the document is decided.
  const draft = `draft ${desk.dataset.me} ${id} ${$('[name=revision]', form)?.value}`;
  const fields = () => all('select[name],input[name],textarea', form).filter((f) => f.name === 'type' || f.name === 'patient' || f.name.startsWith('field.'));
  const refused = Boolean($('.error')); // what was typed before is in the page, and is all to be kept
  const asShown = refused ? {} : Object.fromEntries(fields().map((f) => [f.name, f.value]));
  function keep() {
    const now = Object.fromEntries(fields().filter((f) => f.value !== asShown[f.name]).map((f) => [f.name, f.value]));
    if (now.patient) now.chosen = $('#chosen').textContent;
    sessionStorage.setItem(draft, JSON.stringify(now));
  }
  function restore() {
    Object.keys(sessionStorage).filter((k) => k.startsWith('draft ') && !k.startsWith(`draft ${desk.dataset.me} `)).forEach((k) => sessionStorage.removeItem(k));
    const kept = JSON.parse(sessionStorage.getItem(draft) || '{}');
    if (refused) { keep(); return; }
    if (!Object.keys(kept).length) return;
    fields().forEach((f) => { if (f.name in kept) f.value = kept[f.name]; });
    if (kept.chosen) { $('#chosen').textContent = kept.chosen; $('#search').closest('.row').classList.remove('doubtful'); }
    $('#back').hidden = false;
  }
  restore();
  $('#forget').onclick = () => { sessionStorage.removeItem(draft); location.reload(); };
  all('input', form).filter((f) => f.name.startsWith('field.') && !('blind' in f.dataset)).forEach((f) => { if (f.value !== asShown[f.name] || f.closest('.row.doubtful')) check(f); });

  // Who types keeps the document; who only has it open loses it to others after a while.
  let stayed = Date.now();
  function stay() {
    if (Date.now() - stayed < 60_000 || !$('#accept')) return;
    stayed = Date.now();
    onward.stay(id, $('[name=token]', form).value).then((r) => { $('#lost').hidden = r.status !== 409; $('#out').hidden = r.status !== 401; }).catch(() => {});
  }

  // Patient search.
  const search = $('#search'), list = $('#found');
  let asked = 0, option = -1, answer = Promise.resolve(), waiting = false;
  function find(q) {
    const mine = ++asked;
    if (q.trim().length < 2) { fill([]); waiting = false; return; }
    waiting = true;
    answer = fetch('/patients', { method: 'POST', body: new URLSearchParams({ token: $('[name=token]', form).value, q }) }).then((r) => r.json()).then((found) => { if (mine === asked) fill(found); }).catch(() => {}).finally(() => { if (mine === asked) waiting = false; });
  }
  function fill(found) {
    option = -1; list.replaceChildren(); list.hidden = !found.length; search.setAttribute('aria-expanded', String(found.length > 0));
    search.removeAttribute('aria-activedescendant');
    $('#none').hidden = found.length > 0 || search.value.trim().length < 2;
    found.forEach((p, i) => {
      const li = document.createElement('li'), why = document.createElement('small');
      li.role = 'option'; li.id = `found${i}`; li.textContent = p.text; li.setAttribute('aria-selected', 'false');
      why.textContent = p.why; li.append(' ', why);
      li.onclick = () => take(p); li.patient = p; list.append(li);
    });
    if (found.length) point(0);
  }
  function point(i) {
    const items = [...list.children];
    option = (i + items.length) % items.length;
    items.forEach((li, k) => li.setAttribute('aria-selected', String(k === option)));
    search.setAttribute('aria-activedescendant', `found${option}`);
    items[option].scrollIntoView({ block: 'nearest' });
  }
  function take(p) {
    $('#patient').value = p.id; $('#chosen').textContent = p.text; search.value = '';
    search.closest('.row').classList.remove('doubtful'); fill([]); $('#none').hidden = true; keep(); next();
  }
  // Whoever is quicker than the answer means the first who is found.
  async function takeFirst() {
    await answer;
    if (!list.hidden) take(list.children[option].patient);
  }

  // The type by letters: of its title first, then of any of its words.
  const type = $('#type');
  let letters = '', lettersAt = 0;
  type.addEventListener('keydown', (e) => {
    if (e.key.length !== 1 || e.ctrlKey || e.altKey || e.metaKey || e.key === ' ' && !letters) return;
    e.preventDefault();
    letters = (e.timeStamp - lettersAt > 2000 ? '' : letters) + e.key.toLowerCase(); lettersAt = e.timeStamp;
    const options = [...type.options].filter((o) => o.value), begins = (o, sep) => o.text.toLowerCase().split(sep).some((w) => w.startsWith(letters));
    const to = options.find((o) => o.text.toLowerCase().startsWith(letters)) || options.find((o) => begins(o, /[^a-z0-9]+/)) || options.find((o) => o.text.toLowerCase().includes(letters));
    if (to) { type.value = to.value; keep(); }
  });

  const does = {
    next, skip: () => $('#skip')?.click(), type: () => go(type.closest('.row')), patient: () => search.focus(), undo: () => $('#undo')?.click(),
    back: () => { const why = $('#why'); if (why) { why.closest('details').open = true; why.focus(); } },
    ...view.does, queue: () => { location.href = desk.dataset.queue; }, pages: () => $('#arrange')?.click(), window: () => $('#window').click(), help: () => dialog.showModal(),
  };
  $('#help').onclick = does.help;
  $('#window').onclick = () => window.open(`/document/${id}/sheet`, `postroom pages ${desk.dataset.me}`, 'popup,width=900,height=1100');

  let sent = false;
  form.addEventListener('submit', (e) => {
    e.preventDefault();
    // Nobody has seen yet what has only just appeared: a key or a click too many decides nothing about it.
    if (sent || onward.fresh()) return;
    sent = true;
    const by = e.submitter || $('#accept');
    onward.send(form, by, () => { if (by.id !== 'skip') sessionStorage.removeItem(draft); }, () => { sent = false; $('#unsent').hidden = false; });
  });
  // What is taken back has to be saved before, and a key too many takes back no second decision.
  let taking = false;
  addEventListener('pageshow', () => { taking = false; }, { signal });
  $('#undo').form.addEventListener('submit', (e) => {
    if (taking) { e.preventDefault(); return; }
    taking = !onward.saved();
    if (onward.saved()) { e.preventDefault(); onward.saved().then(() => e.target.requestSubmit()); }
  });
  does.accept = async () => { if (waiting) await takeFirst(); $('#accept')?.click(); };

  // Each key can be another: WCAG 2.1.4.
  const keys = {}, chosenKeys = () => [localStorage.getItem(mine('keys')), localStorage.getItem(mine('single keys'))];
  let own = {}, as = '';
  const learn = () => {
    own = JSON.parse(localStorage.getItem(mine('keys')) || '{}');
    single.checked = localStorage.getItem(mine('single keys')) !== 'off';
    as = String(chosenKeys());
    all('[data-does]', dialog).forEach((i) => { i.value = own[i.dataset.does] || i.defaultValue; });
    all('kbd[data-of]').forEach((k) => { k.textContent = $(`[data-does="${k.dataset.of}"]`).value; });
    Object.keys(keys).forEach((k) => delete keys[k]);
    all('[data-does]', dialog).forEach((i) => { keys[i.value] = does[i.dataset.does]; });
    badges();
  };
  // Each value has a key of its own, beside its name: figures, then the letters that are left.
  function badges() {
    const left = [...'123456789bdefhijklmvxyzBDEFGHIJKLM'].filter((k) => !all('[data-does]', dialog).some((i) => i.value === k));
    all('.row[data-value]').forEach((row, i) => {
      const badge = $('kbd', row), key = single.checked ? left[i] : '';
      badge.hidden = !key; badge.textContent = key || '';
      if (key) { keys[key] = () => go(row); input(row).setAttribute('aria-keyshortcuts', key); }
      else input(row).removeAttribute('aria-keyshortcuts');
    });
  }
  dialog.addEventListener('change', (e) => {
    const which = e.target.dataset.does, key = e.target.value;
    if (!which) return;
    const other = all('[data-does]', dialog).some((i) => i !== e.target && i.value === key);
    $('#taken').textContent = other ? `${key} is taken already` : '';
    if (!other && key.trim()) { own[which] = key; localStorage.setItem(mine('keys'), JSON.stringify(own)); }
    learn();
  });
  $('#defaults').onclick = () => { localStorage.removeItem(mine('keys')); $('#taken').textContent = ''; learn(); };
  learn();
  const pressed = (e) => {
    if (dialog.open || e.repeat && !e.target.matches('input,textarea,select')) return;
    const typing = e.target.matches('input,textarea,select');
    if (e.key === 'Enter' && e.ctrlKey || e.key === 'F2') { e.preventDefault(); if (!e.repeat) does.accept(); return; }
    if (e.key === 'Escape' && typing) { e.target.blur(); return; }
    if (e.target === search && (!list.hidden || waiting)) {
      if (!list.hidden && (e.key === 'ArrowDown' || e.key === 'ArrowUp')) { e.preventDefault(); point(option + (e.key === 'ArrowDown' ? 1 : -1)); return; }
      if (e.key === 'Enter') { e.preventDefault(); if (waiting) takeFirst(); else take(list.children[option].patient); return; }
    }
    if (typing && (e.target.tagName === 'INPUT' || matches.length)) {
      if ((e.key === 'ArrowDown' || e.key === 'ArrowUp') && choose(e.key === 'ArrowDown' ? 1 : -1)) { e.preventDefault(); return; }
      if (e.shiftKey && (e.key === 'ArrowRight' || e.key === 'ArrowLeft') && chosen >= 0 && extend(e.key === 'ArrowRight' ? 1 : -1)) { e.preventDefault(); return; }
      if (e.key === 'Enter' && (chosen >= 0 || e.target.tagName === 'INPUT')) { e.preventDefault(); if (chosen >= 0) put(taken(), begun(e.target)); else next(); return; }
    }
    if (typing && e.target === type && e.key === 'Enter') { e.preventDefault(); next(); return; }
    if (typing || e.ctrlKey || e.altKey || e.metaKey || !single.checked) return;
    if (keys[e.key]) { e.preventDefault(); keys[e.key](); }
  };

  // The doubtful value is in focus at once; when all is right one key accepts.
  const first = $('.error') ? null : rows.find((r) => r.classList.contains('doubtful'));
  return {
    laid() {
      if (!first) return;
      input(first).scrollIntoView({ block: 'nearest' });
      show(first); ready = first;
    },
    strips,
    opened() {
      if (String(chosenKeys()) !== as) learn(); // they were changed while this was out of sight
      document.addEventListener('keydown', pressed, { signal });
      others.onmessage = ({ data }) => {
        if (data.ask) tell();
        if (data.pick === id) pick(data.page, data.area);
      };
      if (first) go(first);
      else tell();
    },
    painted() {
      fetch(`/document/${id}/words`).then((r) => r.ok ? r.json() : []).then((w) => { words = w; }).catch(() => {}).then(arrived);
    },
  };
}
