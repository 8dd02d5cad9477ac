// What can follow /crew, offered while it is typed: arrows choose, Tab or Enter takes, Escape leaves.

const waitMs = 80;

function completing(form) {
  const box = form.querySelector('textarea');
  const list = form.querySelector('.completion');
  let asked = 0;
  let timer = 0;
  let chosen = -1;
  let offeredFor = '';

  const options = () => [...list.querySelectorAll('.option')];

  function close() {
    list.hidden = true;
    list.replaceChildren();
    chosen = -1;
    box.setAttribute('aria-expanded', 'false');
    box.removeAttribute('aria-activedescendant');
  }

  function choose(index) {
    const known = options();
    chosen = (index + known.length) % known.length;
    known.forEach((option, i) => {
      option.setAttribute('aria-selected', String(i === chosen));
      if (i !== chosen) return;
      option.scrollIntoView({ block: 'nearest' });
      box.setAttribute('aria-activedescendant', option.id);
    });
  }

  function take(option) {
    box.value = option.dataset.words;
    close();
    box.focus();
    if (box.value.endsWith(' ')) ask();
  }

  function draw(found) {
    list.replaceChildren(
      ...found.map(({ words, label, says }, i) => {
        const option = document.createElement('div');
        option.className = 'option';
        option.id = `${list.id}-${i}`;
        option.role = 'option';
        option.dataset.words = words;
        option.setAttribute('aria-selected', 'false');
        const name = document.createElement('b');
        name.textContent = label;
        const about = document.createElement('span');
        about.textContent = says;
        option.append(name, about);
        return option;
      }),
    );
    list.hidden = found.length === 0;
    box.setAttribute('aria-expanded', String(found.length > 0));
    chosen = -1;
    if (found.length > 0) choose(0);
  }

  async function ask() {
    const mine = ++asked;
    const typed = box.value;
    if (!box.value.startsWith('/') || box.value.includes('\n')) return close();
    try {
      const body = new URLSearchParams({ csrf: form.elements.csrf.value, words: typed });
      const answer = await fetch('/complete', { method: 'POST', body });
      if (mine !== asked || !answer.ok) return;
      const found = await answer.json();
      if (mine !== asked) return;
      offeredFor = typed;
      draw(found);
    } catch {
      close();
    }
  }

  box.addEventListener('input', () => {
    // What is still to be answered is about another text.
    asked++;
    clearTimeout(timer);
    timer = setTimeout(ask, waitMs);
  });
  box.addEventListener('blur', () => setTimeout(close, 150));
  list.addEventListener('mousedown', (event) => {
    event.preventDefault();
    const option = event.target.closest('.option');
    if (option) take(option);
  });
  form.addEventListener('submit', () => {
    asked++;
    clearTimeout(timer);
    close();
  });

  box.addEventListener('keydown', (event) => {
    if (list.hidden) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      choose(chosen + (event.key === 'ArrowDown' ? 1 : -1));
    } else if (event.key === 'Escape') {
      event.preventDefault();
      close();
    } else if (event.key === 'Tab' || event.key === 'Enter') {
      const option = options()[chosen];
      // What is typed in full is sent, not taken once more; nor is what was offered before more was typed that does not begin it.
      const fits = offeredFor === box.value || option?.dataset.words.startsWith(box.value);
      if (!option || !fits || option.dataset.words.trim() === box.value.trim()) return close();
      event.preventDefault();
      take(option);
    }
  });

  // Who types at once was faster than this script.
  if (box.value !== '' && document.activeElement === box) void ask();
}

const begun = new WeakSet();
function beginCompleting() {
  for (const form of document.querySelectorAll('[data-composer]')) {
    if (begun.has(form)) continue;
    begun.add(form);
    completing(form);
  }
}

document.addEventListener('htmx:load', beginCompleting);
beginCompleting();
