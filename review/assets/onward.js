// How the desk goes from one document to the next: the next one is loaded beside the one that is
// open, and takes its place at once, while what was decided is saved. Without this the form is sent
// as any form, and the answer leads on.

const onward = (() => {
  const one = (q, from = document) => from.querySelector(q);
  const still = 300; // ms for which nothing can be decided about what has just appeared
  let start = () => {}, next = null, loading = null, saving = null, appeared = -still, touched = false, pressed = 0;
  let leave = new AbortController(); // ends what listens beyond the part of the page that is open

  // read takes the main part out of a page that came.
  function read(text, address) {
    const page = new DOMParser().parseFromString(text, 'text/html');
    const main = one('main', page), desk = one('.desk', main);
    return { main, desk, address, title: page.title, id: desk?.dataset.document, revision: one('[name=revision]', main)?.value,
      open: Boolean(one('#accept', main)) };
  }

  // bring makes a page's part one of this page's own, whose images load, and waits for them.
  function bring(page) {
    page.main = document.importNode(page.main, true); page.desk = one('.desk', page.main);
    return seen(page.main);
  }
  // seen waits for the images of a part of the page.
  const seen = (main) => Promise.all([...main.querySelectorAll('.pages img:not([loading])')].map((i) => i.decode().catch(() => {})));

  // begin makes the desk work on the part of the page that is open.
  function begin(main) {
    leave = new AbortController();
    const does = start(main, leave.signal);
    if (!does) return;
    does.laid(); does.opened();
    follow(main, does, leave.signal);
  }
  // follow does what can wait until the page has been painted.
  function follow(main, does, signal) {
    const act = () => { if (!signal.aborted) { if (!main.dataset.laid) does.strips(); does.painted(); ahead(one('.desk', main)); } };
    if (document.readyState === 'complete') painted(() => seen(main).then(act));
    else addEventListener('load', act, { signal });
  }

  // lay puts a page beside the one that is open, below what is in sight: there it is laid out and
  // painted before anybody asks for it. As long as two are there, the ids are those of the open one.
  function lay(page) {
    const { main } = page, ids = [];
    page.leave = new AbortController();
    page.does = start(main, page.leave.signal);
    for (const el of [main, ...main.querySelectorAll('[id],[for]')]) for (const name of ['id', 'for']) {
      if (el.hasAttribute(name)) { ids.push([el, name, el.getAttribute(name)]); el.removeAttribute(name); }
    }
    page.named = () => ids.forEach(([el, name, value]) => el.setAttribute(name, value));
    main.inert = true; main.className = 'ahead'; main.dataset.laid = 'yes';
    main.style.top = `${one('main').offsetTop}px`;
    one('main').after(main);
    page.does?.laid(); page.does?.strips();
  }
  function drop(page) {
    if (!page?.leave) return;
    page.leave.abort(); page.main.remove();
  }

  function show(page, keep) {
    const { main } = page, unsaved = one('#unsaved'), top = document.scrollingElement.scrollTop; // asked while that costs no layout
    if (next !== page) { drop(next); next = null; }
    leave.abort();
    if (main.isConnected) {
      one('main').remove();
      page.named();
      main.inert = false; main.className = ''; main.style.top = '';
    } else one('main').replaceWith(main);
    if (unsaved && one('.form', main)) one('.form', main).prepend(unsaved);
    history[keep ? 'replaceState' : 'pushState'](null, '', page.address);
    document.title = page.title;
    announce(page.title);
    if (top) scrollTo(0, 0);
    appeared = performance.now(); touched = false;
    if (page.does) {
      leave = page.leave;
      page.does.opened();
      follow(main, page.does, leave.signal);
    } else begin(main);
    if (document.activeElement === document.body) main.focus({ preventScroll: true }); // from where Tab goes on
    const start = pressed;
    (page.does ? Promise.resolve() : seen(main)).then(() => painted(() => performance.measure('next document', { start })));
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
    const address = desk.dataset.next, mine = { desk, address };
    if (loading?.desk === desk && loading.address === address) return;
    loading = mine;
    drop(next); next = null;
    if (!address) return;
    const from = new URL(address, location);
    from.searchParams.set('ahead', '1');
    try {
      const r = await fetch(from, { headers: { Accept: 'text/html' } });
      const page = read(await r.text(), address);
      if (!r.ok || !page.open) return;
      await bring(page);
      if (one('.desk') === desk && loading === mine) { next = page; lay(page); }
    } catch { /* then the answer to the decision brings it */ } finally {
      painted(() => setTimeout(() => { desk.dataset.ahead = 'yes'; }, 100));
    }
  }

  // send saves what was decided about the document that is open, and goes on to the next one. saved
  // is told when it is; a refusal leads back, unless the person is at work on the next one already.
  function send(form, submitter, saved, failed) {
    const action = submitter.getAttribute('formaction') || form.getAttribute('action'), from = location.pathname + location.search;
    const body = new URLSearchParams(new FormData(form, submitter)), before = saving, shown = next;
    if (shown) show(shown);
    next = null;
    const desk = one('.desk');
    desk.dataset.saving = 'yes';
    const mine = (async () => {
      await Promise.all([before, shown && clear()]);
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

  // clear waits until the page has been painted, which the desk's work on a decision would make slower
  // at a machine that is both; not when the page is left, and not where nothing is painted.
  const clear = () => {
    const over = new AbortController();
    return new Promise((done) => {
      painted(done); setTimeout(done, 150); addEventListener('pagehide', done, { signal: over.signal });
    }).then(() => over.abort());
  };
  const soon = (page) => Promise.race([bring(page), new Promise((done) => { setTimeout(done, 300); })]);
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
    painted, starts: (f) => { start = f; }, begin, send, stay,
    saved: () => saving, // a promise, or nothing
    fresh: () => performance.now() - appeared < still,
  };
})();
