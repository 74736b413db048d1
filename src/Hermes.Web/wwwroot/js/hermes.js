// Small comforts on top of pages that work without them: everything here degrades to what the server rendered.
// Listeners sit on the document, so that content that htmx swaps in needs no wiring.

const minute = 60, hour = 3600, day = 86400;

function span(seconds) {
  const s = Math.max(0, Math.ceil(seconds));
  const two = n => String(n).padStart(2, '0');
  if (s >= day) return `${Math.floor(s / day)}d ${two(Math.floor(s % day / hour))}h`;
  if (s >= hour) return `${Math.floor(s / hour)}:${two(Math.floor(s % hour / minute))}:${two(s % minute)}`;
  return `${Math.floor(s / minute)}:${two(s % minute)}`;
}

function ago(seconds) {
  const s = Math.abs(seconds);
  const [n, unit] = s < minute ? [0, ''] : s < hour ? [s / minute, 'min'] : s < day ? [s / hour, 'h'] : [s / day, 'd'];
  if (!unit) return seconds < 0 ? 'just now' : 'in a moment';
  return seconds < 0 ? `${Math.floor(n)} ${unit} ago` : `in ${Math.floor(n)} ${unit}`;
}

// The server's clock decides when a window closes: the page was rendered at data-now of it.
const serverNow = Date.parse(document.documentElement.dataset.now ?? '') || Date.now();
const skew = serverNow - Date.now();

function tick() {
  const now = Date.now() + skew;
  for (const element of document.querySelectorAll('time[data-countdown]')) {
    const left = (Date.parse(element.dateTime) - now) / 1000;
    const text = left > 0 ? span(left) : (element.dataset.over ?? '0:00');
    if (element.textContent !== text) element.textContent = text;
    element.classList.toggle('soon', left > 0 && left <= 10);
    if (left <= 0 && !element.dataset.told) {
      element.dataset.told = '1';
      element.dispatchEvent(new CustomEvent('countdown-over', { bubbles: true }));
    }
  }
  for (const element of document.querySelectorAll('time[data-ago]')) {
    const seconds = (Date.parse(element.dateTime) - now) / 1000;
    if (seconds > -30 * day) element.textContent = ago(seconds);
  }
}
tick();
setInterval(tick, 1000);

// Menus close on Escape, on a click outside and when the focus leaves.
document.addEventListener('click', event => {
  for (const open of document.querySelectorAll('details:is(.menu, .ask)[open]'))
    if (!open.contains(event.target)) open.open = false;
});
document.addEventListener('keydown', event => {
  if (event.key !== 'Escape') return;
  for (const open of document.querySelectorAll('details:is(.menu, .ask)[open]')) {
    open.open = false;
    open.querySelector('summary')?.focus();
  }
});
document.addEventListener('focusout', event => {
  const menu = event.target.closest?.('details:is(.menu, .ask)[open]');
  if (menu && event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
});

document.addEventListener('click', async event => {
  const button = event.target.closest?.('[data-copy], [data-dismiss], [data-close], [data-open], [data-print]');
  if (!button) return;
  if ('copy' in button.dataset) {
    const source = button.dataset.copy ? document.getElementById(button.dataset.copy) : button.previousElementSibling;
    await navigator.clipboard.writeText((source.value ?? source.textContent).trim());
    const said = button.querySelector('[data-said]') ?? button;
    const before = said.textContent;
    said.textContent = 'Copied';
    setTimeout(() => { said.textContent = before; }, 1500);
  }
  if ('dismiss' in button.dataset) button.closest('.toast, .notice')?.remove();
  if ('close' in button.dataset) button.closest('dialog')?.close();
  if ('open' in button.dataset) document.getElementById(button.dataset.open)?.showModal();
  if ('print' in button.dataset) print();
});

// Buttons that need this script stay hidden without it.
function reveal(root) {
  for (const element of root.querySelectorAll('[data-copy][hidden], [data-open][hidden], [data-print][hidden]')) element.hidden = false;
}
reveal(document);

document.addEventListener('htmx:after:swap', () => { reveal(document); tick(); });

// The present tab is in sight where there is no room for all of them.
for (const tab of document.querySelectorAll('.tabs > [aria-current]')) {
  const tabs = tab.parentElement;
  tabs.scrollLeft = tab.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2;
}

// A range shows its own value.
document.addEventListener('input', event => {
  const output = event.target.id && document.querySelector(`output[for="${CSS.escape(event.target.id)}"]`);
  if (output) output.textContent = event.target.value + (output.dataset.unit ?? '');
});

// A filter bar that submits itself when a choice changes (its button stays for the keyboard and for no script).
document.addEventListener('change', event => {
  if (event.target.matches?.('form[data-auto] :is(select, input[type=checkbox], input[type=radio])')) event.target.form.requestSubmit();
});

// A network failure or a refused live request says so once instead of failing silently.
document.addEventListener('htmx:error', event => {
  if (event.detail?.error?.name === 'AbortError' || event.target?.id === 'live') return;
  toast('The server could not be reached. Your change may not have been saved.', 'bad');
});

document.addEventListener('htmx:response:error', event => {
  // A live stream connects again by itself.
  if (event.detail?.ctx?.sourceElement?.id === 'live') return;
  const status = event.detail?.ctx?.response?.raw?.status;
  if (status === 401) location.reload();
  else if (status === 429) toast('That was fast. Wait a moment before you go on.', 'bad');
  else if (status !== 422) toast('The server refused that. Reload the page to see where things are.', 'bad');
});

function toast(text, kind) {
  const box = document.querySelector('.toasts');
  if (!box || [...box.children].some(one => one.textContent.includes(text))) return;
  const element = document.createElement('div');
  element.className = `toast ${kind ?? ''}`;
  element.setAttribute('role', 'status');
  const words = document.createElement('p');
  words.textContent = text;
  element.append(words);
  box.append(element);
  setTimeout(() => element.remove(), 8000);
}

// Moving a weight chooses "custom".
document.addEventListener('input', event => {
  const pick = event.target.dataset?.picks;
  const radio = pick && event.target.form?.querySelector(`input[type=radio][value="${CSS.escape(pick)}"]`);
  if (radio) radio.checked = true;
}, true);
