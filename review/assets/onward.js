// How the desk goes from one document to the next: the next one is loaded beside the one that is
// open, and takes its place at once, while what was decided is saved. Without this the form is sent
// as any form, and the answer leads on.

const onward = (() => {
  const one = (q, from = document) => from.querySelector(q);
  const still = 300; // ms for which nothing can be decided about what has just appeared
  let begin = () => {}, next = null, saving = null, appeared = -still, touched = false, pressed = 0;

  // read makes the main part of a page ready to be shown: its images load and are decoded.
  function read(text, address) {
    const page = new DOMParser().parseFromString(text, 'text/html');
    const main = document.importNode(one('main', page), true), desk = one('.desk', main);
    const images = [...main.querySelectorAll('.pages img:not([loading])')];
    return { main, desk, address, title: page.title, id: desk?.dataset.document, revision: one('[name=revision]', main)?.value,
      open: Boolean(one('#accept', main)), seen: Promise.all(images.map((i) => i.decode().catch(() => {}))) };
  }

  function show(page, keep) {
    const unsaved = one('#unsaved'), top = document.scrollingElement.scrollTop; // asked while that costs no layout
    one('main').replaceWith(page.main);
    if (unsaved && one('.form', page.main)) one('.form', page.main).prepend(unsaved);
    history[keep ? 'replaceState' : 'pushState'](null, '', page.address);
    document.title = page.title;
    announce(page.title);
    if (top) scrollTo(0, 0);
    appeared = performance.now(); touched = false;
    begin();
    // Pages that are out of sight are painted when those in sight have been.
    const pane = one('.pages', page.main)?.getBoundingClientRect();
    const away = [...page.main.querySelectorAll('figure')].filter((f) => { const r = f.getBoundingClientRect(); return r.bottom < pane.top || r.top > pane.bottom; });
    away.forEach((f) => { f.style.visibility = 'hidden'; });
    if (document.activeElement === document.body) page.main.focus({ preventScroll: true }); // from where Tab goes on
    const start = pressed;
    page.seen.then(() => painted(() => { performance.measure('next document', { start }); away.forEach((f) => { f.style.visibility = ''; }); }));
  }

  // painted does something once the browser has painted what is there now.
  const painted = (act) => requestAnimationFrame(() => setTimeout(act));

  // Who does not see the page hears that it is another one.
  let said = null;
  function announce(text) {
    if (!said) {
      said = document.createElement('p');
      said.className = 'nhsuk-u-visually-hidden hidden'; said.setAttribute('role', 'status');
      document.body.append(said);
    }
    said.textContent = text;
  }

  // ahead loads the document that comes next. It is claimed when it is shown, not before.
  async function ahead(desk) {
    next = null;
    const address = desk.dataset.next;
    if (!address) return;
    const from = new URL(address, location);
    from.searchParams.set('ahead', '1');
    try {
      const r = await fetch(from, { headers: { Accept: 'text/html' } });
      const page = read(await r.text(), address);
      await page.seen;
      if (r.ok && page.open && one('.desk') === desk) next = page;
    } catch { /* then the answer to the decision brings it */ }
    desk.dataset.ahead = 'yes';
  }

  // send saves what was decided about the document that is open, and goes on to the next one. saved
  // is told when it is; a refusal leads back, unless the person is at work on the next one already.
  function send(form, submitter, saved, failed) {
    const action = submitter.getAttribute('formaction') || form.getAttribute('action'), from = location.pathname + location.search;
    const body = new URLSearchParams(new FormData(form, submitter)), before = saving, shown = next;
    next = null;
    if (shown) show(shown);
    const desk = one('.desk');
    desk.dataset.saving = 'yes';
    const mine = (async () => {
      await before;
      let answer, r;
      try {
        // The browser goes on with it when the window is closed; more than 64 KiB it would not.
        r = await fetch(action, { method: 'POST', body, headers: { Accept: 'text/html' }, keepalive: String(body).length < 60_000 });
        answer = read(await r.text(), from);
      } catch {
        if (shown) warn(from, 'the desk could not be reached');
        else failed();
        return;
      }
      const busy = shown && (touched || one('.desk') !== desk);
      if (!r.ok && !r.redirected) { // what leads on was saved, whatever became of the page that it leads to
        if (busy) warn(from, one('.error p', answer.main)?.textContent || 'it was refused');
        else { await soon(answer); show(answer, Boolean(shown)); }
        return;
      }
      saved();
      const to = new URL(r.url);
      answer.address = to.pathname + to.search;
      if (!answer.id) { if (!busy) location.assign(answer.address); return; } // nothing waits any more
      if (shown && answer.id === shown.id && answer.revision === shown.revision && answer.open) {
        desk.dataset.next = answer.desk.dataset.next;
        if (one('.desk') === desk) ahead(desk);
      } else if (!busy) {
        await soon(answer);
        show(answer, Boolean(shown));
      } else if (answer.id === shown.id) lost(desk);
      else stay(shown.id, one('[name=token]', shown.main)?.value).then((r) => { if (r.status === 409) lost(desk); });
    })().finally(() => { if (saving === mine) { saving = null; delete desk.dataset.saving; } });
    saving = mine;
  }

  const soon = (page) => Promise.race([page.seen, new Promise((done) => { setTimeout(done, 300); })]);
  const lost = (desk) => { const alert = one('#lost', desk); if (alert) alert.hidden = false; };
  const stay = (id, token) => fetch(`/document/${id}/stay`, { method: 'POST', body: new URLSearchParams({ token }) });

  // warn says that what was decided before is not saved. What was typed is kept in the tab.
  function warn(address, why) {
    let list = one('#unsaved');
    if (!list) {
      list = document.createElement('div');
      list.id = 'unsaved'; list.className = 'notice nhsuk-inset-text'; list.setAttribute('role', 'alert');
      one('.form')?.prepend(list);
    }
    const p = document.createElement('p'), a = document.createElement('a');
    a.href = address; a.textContent = 'Go back to it';
    p.append(`What you decided before is not saved: ${why} `, a);
    list.append(p);
  }

  for (const kind of ['keydown', 'pointerdown', 'input']) {
    addEventListener(kind, (e) => {
      if (kind !== 'input') pressed = e.timeStamp;
      if (performance.now() - appeared > still) touched = true;
    }, true);
  }
  addEventListener('popstate', () => { const desk = one('.desk'); if (desk && location.pathname !== `/document/${desk.dataset.document}`) location.reload(); });

  return {
    painted, begins: (f) => { begin = f; }, ahead, send, stay,
    saved: () => saving, // a promise, or nothing
    fresh: () => performance.now() - appeared < still,
  };
})();
