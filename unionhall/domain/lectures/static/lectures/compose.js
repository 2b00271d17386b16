// The margin comes back after each saving; what it finds wrong is marked in the sentence, and nothing else.
(() => {
  'use strict';
  const mark = (field, margin) => {
    const trouble = margin.querySelector(`#${CSS.escape(field.id)}_error`);
    if (!trouble) {
      field.removeAttribute('aria-invalid');
      field.removeAttribute('aria-describedby');
      return;
    }
    field.setAttribute('aria-invalid', 'true');
    field.setAttribute('aria-describedby', trouble.id);
  };
  document.addEventListener('htmx:afterSwap', event => {
    const margin = event.detail.target;
    if (margin.id !== 'margin') return;
    for (const field of document.querySelectorAll('#campaign .sentence .input[id]')) mark(field, margin);
  });
})();
