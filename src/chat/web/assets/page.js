// What htmx does not do: news from the server, places that stay where they are, keys, times in the reader's zone.

const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

/* Times as the reader's clock shows them. */

const hours = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const days = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

function showTimes(within) {
  for (const time of all('time', within)) {
    const at = new Date(time.dateTime);
    const isToday = at.toDateString() === new Date().toDateString();
    time.textContent = isToday ? hours.format(at) : `${days.format(at)}, ${hours.format(at)}`;
    time.title = at.toLocaleString();
  }
}

/* The newest stays in view for whoever was there already. */

const isAtEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 80;
const toEnd = (box) => {
  box.scrollTop = box.scrollHeight;
};

/** However the list grows or its box changes, whoever was at the end stays there. */
function stick(box) {
  if (box.dataset.sticks) return;
  box.dataset.sticks = 'yes';
  let atEnd = true;
  box.addEventListener('scroll', () => {
    atEnd = isAtEnd(box);
  });
  const keep = new ResizeObserver(() => {
    if (atEnd) toEnd(box);
  });
  for (const part of [box, ...box.children]) keep.observe(part);
  toEnd(box);
}

/* Said to those who hear the page. */

function announce(words) {
  find('#news').textContent = words;
}

let toastTimer = 0;
function toast(words) {
  const box = find('#toast');
  box.textContent = words;
  box.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => {
    box.hidden = true;
  }, 6000);
}

/* News from the server: each message as it is now, in order. */

const channelShown = () => find('#channel')?.dataset.channel ?? '';
const threadShown = () => find('#thread')?.dataset.threadOf ?? '';

/** The button that had the focus has it again when its card was drawn anew; where it is gone, the card has it. */
function replace(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const press = focused?.closest('form')?.dataset.press;
  const isOpen = old.querySelector('details[open]') !== null;
  old.replaceWith(fresh);
  if (isOpen) for (const details of all('details', fresh)) details.open = true;
  if (focused === null) return;
  fresh.tabIndex = -1;
  const again = press ? find(`form[data-press="${press}"] button`, fresh) : find('a, button', fresh);
  (again ?? fresh).focus({ preventScroll: true });
}

/** Ids rise, so messages stand in their order. False: it is older than what is shown, and comes when that is asked for. */
function insert(list, fresh) {
  const next = all(':scope > .message', list).find((message) => message.id > fresh.id);
  const isOldest = next !== undefined && !next.previousElementSibling?.matches('.message');
  if (isOldest && find('.earlier', list) !== null) return false;
  list.insertBefore(fresh, next ?? null);
  return true;
}

function put(list, html, id, rev) {
  if (list === null) return;
  const template = document.createElement('template');
  template.innerHTML = html;
  const fresh = template.content.firstElementChild;
  const old = document.getElementById(id);
  if (old !== null && Number(old.dataset.rev) >= rev) return;
  if (old === null) {
    const box = list.closest('[data-scroll]');
    const wasAtEnd = box !== null && isAtEnd(box);
    fresh.classList.add('arrives');
    if (!insert(list, fresh)) return;
    // An answer that is longer than the window is read from its head.
    if (wasAtEnd && fresh.matches('.private') && fresh.offsetHeight > box.clientHeight)
      fresh.scrollIntoView();
  } else replace(old, fresh);
  htmx.process(fresh);
  showTimes(fresh);
}

function show(news) {
  const { id, channel, thread, rev, inChannel, inThread, replies, says } = news;
  if (channel !== channelShown()) {
    const link = find(`[data-channel="${CSS.escape(channel)}"] .unread`);
    if (link !== null && thread === null) link.hidden = false;
    return;
  }
  const isNew = document.getElementById(`c-${id}`) === null && document.getElementById(`t-${id}`) === null;
  if (thread === null) put(find('#messages'), inChannel, `c-${id}`, rev);
  if (thread !== null && threadShown() === thread) put(find('#replies'), inThread, `t-${id}`, rev);
  // A reply changes the message at the head, too.
  if (threadShown() === id) {
    put(find('.messages.head'), inThread, `t-${id}`, rev);
    find('[data-count]').textContent = replies;
  }
  if (isNew && says !== '') announce(says);
  if (isNew && document.hidden) document.title = `● ${document.title.replace(/^● /, '')}`;
}

let rev = Number(document.body.dataset.rev);
let source = null;

function listen() {
  source?.close();
  source = new EventSource(`/events?rev=${rev}`);
  source.addEventListener('message', (event) => {
    const news = JSON.parse(event.data);
    rev = Math.max(rev, Number(event.lastEventId));
    show(news);
    document.body.dispatchEvent(new Event('things'));
  });
  // A form that took longer than its request was willing to wait.
  source.addEventListener('form', (event) => {
    const modal = find('#modal');
    modal.innerHTML = event.data;
    htmx.process(modal);
    openModal(modal);
  });
  source.addEventListener('reload', () => location.reload());
  source.addEventListener('open', () => document.body.classList.remove('offline'));
  source.addEventListener('error', () => {
    document.body.classList.add('offline');
    // After a "no" the browser does not try again by itself.
    if (source.readyState === EventSource.CLOSED) setTimeout(listenAgain, 3000);
  });
}

/** Who was signed out meanwhile is led to the way in; for everybody else nothing on the page is lost. */
async function listenAgain() {
  const { status } = await fetch('/checklist').catch(() => ({ status: 0 }));
  if (status === 401) location.reload();
  else listen();
}

// A browser has few connections for one server: a page that nobody looks at gives its own back after a while.
let away = 0;
document.addEventListener('visibilitychange', () => {
  clearTimeout(away);
  if (document.hidden) {
    away = setTimeout(() => {
      source?.close();
      source = null;
    }, 60_000);
    return;
  }
  document.title = document.title.replace(/^● /, '');
  if (source === null) listen();
});

/* Writing and sending. */

/** Of the next line. Browsers make whole ids over https and at this machine alone. */
const newRequest = () => [...crypto.getRandomValues(new Uint32Array(4))].join('-');

/** What was sent goes from the box; what was typed since then stays. */
function takeSent(form) {
  const box = find('textarea', form);
  const { sent = '' } = form.dataset;
  if (box.value.startsWith(sent)) box.value = box.value.slice(sent.length).trimStart();
  find('[name="request"]', form).value = newRequest();
}

document.addEventListener('keydown', (event) => {
  const box = event.target;
  if (!(box instanceof HTMLTextAreaElement) || !box.closest('[data-composer]')) return;
  if (event.defaultPrevented || event.isComposing) return;
  if (event.key === 'Enter' && !event.shiftKey) {
    event.preventDefault();
    if (box.value.trim() !== '') box.form.requestSubmit();
  }
});

document.addEventListener('input', (event) => {
  const refused = event.target.closest?.('[data-composer]')?.querySelector('[data-refused]');
  if (refused) refused.hidden = true;
});

document.addEventListener('htmx:beforeRequest', ({ detail: { elt } }) => {
  if (elt.matches('[data-composer]')) elt.dataset.sent = find('textarea', elt).value;
});

document.addEventListener('htmx:afterRequest', (event) => {
  const { elt, xhr, successful } = event.detail;
  if (elt.matches?.('[data-composer]')) {
    const refused = find('[data-refused]', elt);
    if (successful) {
      takeSent(elt);
      const box = find('[data-scroll]', elt.parentElement);
      if (box) toEnd(box);
    } else if (xhr.status >= 400) {
      refused.textContent = xhr.responseText || 'This could not be sent.';
      refused.hidden = false;
    }
    find('textarea', elt).focus();
    return;
  }
  if (!successful && xhr.status >= 400) toast(xhr.responseText || 'This did not work. Load the page again.');
});

for (const name of ['htmx:sendError', 'htmx:timeout']) {
  document.addEventListener(name, () =>
    toast('Crewsmith cannot be reached. What you typed is still here; try again.'),
  );
}

document.addEventListener('click', (event) => {
  const tried = event.target.closest('[data-try]');
  if (tried !== null) {
    const box = find('#words-channel');
    box.value = tried.dataset.try;
    box.focus();
    box.dispatchEvent(new Event('input', { bubbles: true }));
    find('#sidebar').classList.remove('open');
  }
  const menu = event.target.closest('[data-menu]');
  if (menu !== null) {
    event.preventDefault();
    find('#sidebar').classList.toggle('open');
    find('#sidebar a')?.focus();
  } else if (event.target.closest('#sidebar') === null) find('#sidebar')?.classList.remove('open');
  for (const details of all('details.person[open]'))
    if (!details.contains(event.target)) details.open = false;
});

/* Forms over the page, and threads beside it. */

let opener = null;

document.addEventListener('htmx:beforeRequest', (event) => {
  if (event.detail.target?.id === 'modal' && find('#modal dialog') === null) {
    opener = document.activeElement?.closest('.message')?.id ?? null;
  }
});

function backToOpener() {
  const message = opener === null ? null : document.getElementById(opener);
  const next = message === null ? null : find('.actions button, a', message);
  (next ?? find('#words-channel'))?.focus({ preventScroll: true });
}

function openModal(modal) {
  const dialog = find('dialog', modal);
  if (dialog === null) return backToOpener();
  // Without a script it stands open in a page of its own.
  dialog.removeAttribute('open');
  dialog.showModal();
  find('textarea, input:not([type="hidden"]), select', dialog)?.focus();
  dialog.addEventListener('close', () => {
    modal.replaceChildren();
    backToOpener();
  });
}

// Who puts a message away by its button goes on writing.
document.addEventListener('htmx:beforeSwap', ({ detail: { target } }) => {
  if (target.matches('.message')) find('textarea', target.closest('.channel, .thread')).focus();
});

document.addEventListener('htmx:afterSwap', (event) => {
  if (event.detail.target.id === 'modal') openModal(event.detail.target);
});

// What was wrong before may be right by now.
document.addEventListener('htmx:beforeRequest', ({ detail: { elt } }) => {
  if (!elt.matches('.dialog-form')) return;
  for (const sentence of all('.wrong, .notice', elt)) sentence.hidden = true;
  for (const field of all('[aria-invalid]', elt)) field.removeAttribute('aria-invalid');
});

// A sentence that was swapped into an open form: shown, said aloud, and the first field that it is about in front.
document.addEventListener('htmx:oobAfterSwap', ({ target }) => {
  if (!target.matches('.wrong, .notice')) return;
  const field = target.id.endsWith('-wrong')
    ? document.getElementById(target.id.slice(0, -'-wrong'.length))
    : null;
  const isFirst = find('[aria-invalid]', target.closest('form')) === null;
  field?.setAttribute('aria-invalid', 'true');
  if (isFirst) field?.focus();
  if (isFirst || field === null) (field ?? target).scrollIntoView({ block: 'nearest' });
});

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-cancel]')) {
    event.preventDefault();
    event.target.closest('dialog')?.close();
  }
});

document.addEventListener('htmx:afterSettle', (event) => {
  showTimes(document);
  const thread = find('#thread');
  if (event.detail.elt !== thread && event.target.id !== 'thread') return;
  const box = find('[data-scroll]', thread);
  if (box) stick(box);
  if (thread.dataset.threadOf) find('textarea', thread)?.focus();
  else find('#words-channel')?.focus();
});

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || event.defaultPrevented || find('dialog[open]')) return;
  const person = find('details.person[open]');
  const sidebar = find('.sidebar.open');
  if (person !== null) {
    person.open = false;
    find('summary', person).focus();
  } else if (sidebar !== null) {
    sidebar.classList.remove('open');
    find('[data-menu]').focus();
  } else find('[data-close]')?.click();
});

showTimes(document);
for (const box of all('[data-scroll]')) stick(box);
listen();
