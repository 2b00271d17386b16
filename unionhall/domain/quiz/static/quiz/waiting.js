// Whoever waits for the opening need not reload the page: the button comes by the clock that the server told, and now and
// then, when the server says, it is asked whether that still holds. Without this file a reload does the same.
(() => {
  'use strict';
  const notice = document.querySelector('[data-waits]');
  const form = document.getElementById('start');
  if (!notice || !form) return;
  let opens = performance.now() + Number(notice.dataset.opensIn) * 1000;
  const LONGEST_MS = 2 ** 31 - 1;                           // a timer counts no further
  let timer = 0;
  const open = () => { notice.hidden = true; form.hidden = false; };
  const wait = () => {
    clearTimeout(timer);
    const left = opens - performance.now();
    if (left > 0) timer = setTimeout(wait, Math.min(left, LONGEST_MS)); else open();
  };
  const look = async () => {
    const answer = await fetch(notice.dataset.waits, { headers: { Accept: 'application/json' }, cache: 'no-store' }).catch(() => null);
    if (answer?.ok) {
      const { stage, now, opens_at: opensAt } = await answer.json();
      if (stage === 'open') open();
      if (stage !== 'soon') { clearTimeout(timer); return; } // what is over says so when the page is asked for anew
      opens = performance.now() + (Date.parse(opensAt) - Date.parse(now));
      wait();
    }
    setTimeout(look, (Number(answer?.headers.get('Retry-After')) || 30) * 1000);
  };
  wait();
  setTimeout(look, (10 + Math.random() * 20) * 1000);
})();
