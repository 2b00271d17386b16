// Claiming without leaving the page: the same request again under its own key, until there is an answer.
// Without this file the form is sent as any other, and a reload tells the truth.
(() => {
  'use strict';
  const form = document.querySelector('form[data-claim]');
  if (!form) return;
  const button = form.querySelector('button');
  const why = document.querySelector('[data-why]');
  const TRIES = 8, PATIENCE_MS = 8000, LONGEST_WAIT_S = 8;
  const rest = seconds => new Promise(done => setTimeout(done, seconds * 1000));
  const say = text => { why.textContent = text; };
  const page = () => window.location.replace(window.location.pathname);   // it tells the truth

  document.addEventListener('countdown:done', () => { button.disabled = false; });

  // An answer, or null when nobody knows what became of the request.
  const ask = async (address, init) => {
    const options = { ...init, headers: { Accept: 'application/json' }, cache: 'no-store', signal: AbortSignal.timeout(PATIENCE_MS) };
    try {
      const answer = await fetch(address, options);
      return answer.status >= 500 && answer.status !== 503 ? null : answer;
    } catch { return null; }
  };
  const until = answer => Math.min(Number(answer?.headers.get('Retry-After')) || 0, LONGEST_WAIT_S);
  const undecided = async answer => {
    if (!answer || answer.status === 503 || answer.status === 429) return true;
    if (answer.status !== 409) return false;
    const told = await answer.clone().json().catch(() => ({}));
    return told.code === 'still_running';
  };

  const claim = async () => {
    const body = new URLSearchParams(new FormData(form));
    for (let nth = 1; nth <= TRIES; nth += 1) {
      const answer = await ask(form.action, { method: 'POST', body });
      if (!(await undecided(answer))) { page(); return; }
      button.textContent = form.dataset.checking;
      say(form.dataset.checkingWhy);
      await rest(until(answer) || Math.min(2 ** (nth - 1), LONGEST_WAIT_S) * (0.5 + Math.random()));
    }
    button.removeAttribute('aria-busy');
    say(form.dataset.lost);
  };

  form.addEventListener('submit', event => {
    event.preventDefault();
    setTimeout(() => {                                     // after ui.js has put the button back
      form.dataset.sending = '';
      button.setAttribute('aria-busy', 'true');
      button.textContent = form.dataset.busyText;
      claim();
    });
  });

  // Whoever waits looks now and then, when the server says; what changed is told by the page itself.
  const wait = async () => {
    const answer = await ask(form.dataset.standing);
    if (answer && !answer.ok) { page(); return; }
    const told = answer ? await answer.json() : {};
    if ('sending' in form.dataset) return;
    if (told.stage === 'gone' || told.stage === 'closed') { page(); return; }
    if (told.stage === 'open') button.disabled = false;
    await rest(Number(answer?.headers.get('Retry-After')) || 10);
    if (!('sending' in form.dataset)) wait();
  };
  setTimeout(wait, (10 + Math.random() * 20) * 1000);
})();
