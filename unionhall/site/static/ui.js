// Small helpers. Every page can be read, and every form sent, without them.
(() => {
  'use strict';
  const all = (css, root = document) => [...root.querySelectorAll(css)];
  const pad = n => String(n).padStart(2, '0');
  const words = document.body.dataset;

  // == Saying something: one line that screen readers follow, and a notice that everybody sees ==
  const announce = text => {
    const line = document.querySelector('[data-announce]');
    if (!line) return;
    line.textContent = '';
    setTimeout(() => { line.textContent = text; }, 50);   // a change is what is read aloud
  };

  const alertIcon = 'M12 4 2.8 19.5h18.4zM12 10v4.5M12 17h0';
  const icon = path => {
    const make = (name, values) => {
      const node = document.createElementNS('http://www.w3.org/2000/svg', name);
      for (const [key, value] of Object.entries(values)) node.setAttribute(key, value);
      return node;
    };
    const svg = make('svg', { class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true' });
    svg.append(make('path', { d: path }));
    return svg;
  };

  // A notice right above the buttons one has just pressed; what was typed is not touched.
  const complain = (near, text) => {
    const main = document.querySelector('main');
    const form = near.closest('form');
    const home = form && main.contains(form) ? form : main;
    home.querySelector('.notice[data-trouble]')?.remove();
    const notice = document.createElement('div');
    notice.className = 'notice bad';
    notice.dataset.trouble = '';
    notice.setAttribute('role', 'alert');
    const line = document.createElement('p');
    line.textContent = text;
    notice.append(icon(alertIcon), line);
    home.prepend(notice);
    notice.scrollIntoView({ block: 'nearest' });
  };
  const contented = near => near.closest('form, main')?.querySelector('.notice[data-trouble]')?.remove();

  // == Sending: once, visibly, and never into the void ==
  // A form that stays on its page (a download) says data-stays.
  const label = new WeakMap();
  const held = new WeakMap();
  const wait = (form, button) => {
    form.dataset.sending = '';
    if (!button) return;
    label.set(button, [...button.childNodes]);
    button.setAttribute('aria-busy', 'true');
    const text = button.dataset.busyText || form.dataset.busyText;
    if (text) { button.textContent = text; announce(text); }
    if ('stays' in form.dataset) setTimeout(rest, 3000, form);
  };
  const rest = form => {
    delete form.dataset.sending;
    for (const button of all('[aria-busy="true"]').filter(one => one.form === form)) {
      button.removeAttribute('aria-busy');
      button.replaceChildren(...label.get(button) || button.childNodes);
    }
  };
  const presses = (form, event) => event?.submitter || form.querySelector('button:not([type="button"])');
  const isSwapped = form => form.matches('[hx-post], [hx-put], [hx-patch], [hx-delete]')
    && (form.getAttribute('hx-trigger') || 'submit').includes('submit');   // what is saved at each change is sent by its buttons too
  // A box that asks who is meant: a form that came back for it would have lost its file, so what is typed is asked before it is sent.
  const asks = node => node.matches('[hx-select]');
  const unanswered = form => all('input[hx-select]', form).find(box => box.value.trim());
  document.addEventListener('htmx:confirm', event => {    // its answer would move the button away under the finger; the sending asks, too
    const form = event.target.closest('form');
    if (asks(event.target) && event.detail.triggeringEvent?.isTrusted && form?.querySelector('button:active')) event.preventDefault();
  });
  document.addEventListener('input', event => {           // what is typed says more than who was found before
    if (asks(event.target)) all('select', event.target.parentElement).forEach(found => { found.required = !event.target.value; });
  });
  document.addEventListener('submit', event => {
    const form = event.target;
    if (form.method !== 'post' && !isSwapped(form)) return;
    const again = 'sending' in form.dataset;
    if (again || !navigator.onLine) {
      event.preventDefault(); event.stopImmediatePropagation();
      if (!again) complain(presses(form, event) || form, words.lost);
      return;
    }
    if (isSwapped(form)) return;                          // htmx says when it really sends
    const box = unanswered(form);
    if (box && !('saving' in form.dataset)) box.dispatchEvent(new Event('change', { bubbles: true }));
    if ('saving' in form.dataset) {                       // the answer on its way knows what this page is based on: wait for it
      event.preventDefault(); event.stopImmediatePropagation();
      held.set(form, event.submitter);
      return;
    }
    wait(form, presses(form, event));
    setTimeout(() => { if (event.defaultPrevented) rest(form); });
  }, true);
  document.addEventListener('htmx:beforeRequest', event => {
    const form = event.target.closest('form');
    contented(event.target);
    const cause = event.detail.requestConfig.triggeringEvent;
    if (!form || form !== event.target && !asks(event.target)) return;
    if (cause?.type === 'submit') wait(form, presses(form, cause)); else form.dataset.saving = '';
  });
  window.addEventListener('pageshow', event => { if (event.persisted) all('form').forEach(rest); });

  // == htmx: a swap that fails says so; a page that wants a sign-in gets one ==
  document.addEventListener('htmx:afterRequest', event => {
    const form = event.target.closest('form');
    const { elt } = event.detail.requestConfig;
    if (!form || elt !== form && !asks(elt)) return;
    if (elt === form) rest(form);                         // a box's answer says nothing of what is being sent
    delete form.dataset.saving;
    if (held.has(form)) setTimeout(goOn, 0, form, event.detail.successful && event.detail.xhr.status < 400);
  });
  // What was pressed while an answer was on its way; not when that answer was refused or lost, for then there is something to read.
  const goOn = (form, saved) => {
    if (saved && 'saving' in form.dataset) return;        // the next one is on its way already
    const button = held.get(form);
    held.delete(form);
    if (!saved) return;
    const box = unanswered(form);
    if (box) box.focus();                                 // nobody is called that
    else form.requestSubmit(button?.isConnected ? button : undefined);
  };
  const troubles = { 401: 'expired', 403: 'refused' };
  document.addEventListener('htmx:sendError', event => complain(event.target, words.lost));
  document.addEventListener('htmx:timeout', event => complain(event.target, words.lost));
  document.addEventListener('htmx:responseError', event =>
    complain(event.target, words[troubles[event.detail.xhr.status]] || words.failed));
  // A box only asks: an answer without its part, or a way to another page, would throw away what stands beside it.
  document.addEventListener('htmx:beforeOnLoad', event => {
    const { xhr, requestConfig } = event.detail;
    const part = requestConfig.elt.getAttribute('hx-select');
    if (!part || xhr.status >= 400 || xhr.responseText.includes(`id="${part.slice(1)}"`)) return;
    event.preventDefault();
    complain(requestConfig.elt, words.expired);
  });
  document.addEventListener('htmx:beforeSwap', event => {
    const { xhr, requestConfig } = event.detail;
    const whole = /^\s*<!doctype html/i.test(xhr.responseText) && xhr.status < 400;
    if (!whole || event.detail.target === document.body || requestConfig.headers['HX-Boosted']) return;
    if (asks(requestConfig.elt)) return;                  // the page itself: only a part of it is wanted
    event.detail.shouldSwap = false;                      // a redirect led to another page: do not nest it
    if (requestConfig.verb === 'get') window.location.assign(xhr.responseURL);
    else complain(requestConfig.elt, words.expired);
  });

  // == Countdown: only shows. The server decides when time is up, and says so ==
  // data-countdown="SECONDS", data-format="s", data-soon="60", data-soon-text="…" (read aloud); at nought: event countdown:done.
  const show = (left, format) => {
    if (format === 's') return String(left);
    const hours = Math.floor(left / 3600);
    const rest = `${pad(Math.floor(left / 60) % 60)}:${pad(left % 60)}`;
    return hours ? `${hours}:${rest}` : rest;
  };
  const count = clock => {
    const end = performance.now() + clock.dataset.countdown * 1000;
    const soon = Number(clock.dataset.soon || 60);
    let warned = Number(clock.dataset.countdown) <= soon;
    const tick = () => {
      if (!clock.isConnected) { clearInterval(timer); return; }
      const left = Math.max(0, Math.round((end - performance.now()) / 1000));
      clock.textContent = show(left, clock.dataset.format);
      if (clock.dataset.format !== 's') clock.parentElement.classList.toggle('soon', left <= soon);
      if (left <= soon && !warned) { warned = true; if (clock.dataset.soonText) announce(clock.dataset.soonText); }
      if (left === 0) { clearInterval(timer); clock.dispatchEvent(new CustomEvent('countdown:done', { bubbles: true })); }
    };
    const timer = setInterval(tick, 1000);
    tick();
  };

  // == A sentence that is composed: each named field is echoed in the outputs called o-<name> ==
  const spoken = field => {
    if (field.tagName === 'SELECT') return [...field.selectedOptions].map(option => option.text).join('、');
    if (field.type === 'checkbox' || field.type === 'radio') return field.checked ? field.labels[0]?.textContent.trim() ?? '' : null;
    return field.value;
  };
  const live = form => {
    const echo = () => {
      for (const field of form.elements) {
        const text = field.name ? spoken(field) : null;
        if (text === null) continue;
        for (const output of all(`output[name="o-${CSS.escape(field.name)}"]`)) output.textContent = text;
      }
    };
    form.addEventListener('input', echo);
  };

  // == Rows picked for a bulk action ==
  const pick = table => {
    const boxes = () => all('tbody input[type=checkbox]', table);
    const show = () => {
      const picked = boxes().filter(box => box.checked).length;
      for (const box of boxes()) box.closest('tr').setAttribute('aria-selected', String(box.checked));
      for (const out of all('[data-picked]')) out.textContent = picked;
      for (const bar of all('.bulk')) bar.hidden = picked === 0;
    };
    const set = on => { for (const box of boxes()) box.checked = on; show(); };
    table.addEventListener('change', event => {
      if (event.target.closest('thead')) set(event.target.checked); else show();
    });
    for (const button of all('[data-unpick]')) button.addEventListener('click', () => set(false));
    show();
  };

  // == Copy, print ==
  document.addEventListener('click', event => {
    const copy = event.target.closest('[data-copy]');
    if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => announce(words.copied), () => {});
    if (event.target.closest('[data-print]')) window.print();
  });

  // == Start, and again for whatever htmx brings ==
  const started = new WeakSet();
  const start = root => {
    const each = (css, begin) => {
      for (const node of all(css, root).concat(root.matches?.(css) ? [root] : [])) {
        if (!started.has(node)) { started.add(node); begin(node); }
      }
    };
    each('[data-countdown]', count);
    each('form[data-live]', live);
    each('table[data-pick]', pick);
    each('[data-say]', node => announce(node.textContent.trim()));
  };
  start(document);
  document.addEventListener('htmx:load', event => start(event.target));
})();
