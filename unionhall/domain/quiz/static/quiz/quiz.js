// When the clock reaches nought: save what is in the form (the server allows a moment of grace), then hand in.
// Without this the server hands in by itself, a little later, what was saved before.
document.addEventListener('countdown:done', async () => {
  const last = document.querySelector('form[data-time-is-up]');
  const answer = document.getElementById('quiz');
  if (!last) return;
  if (answer) await fetch(answer.action, { method: 'POST', body: new FormData(answer) }).catch(() => { /* hand in all the same */ });
  last.submit();
});
