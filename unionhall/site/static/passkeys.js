// Passkeys: a form whose hidden field the browser's own dialogue fills. Forms that need it are shown only where it works.
(() => {
  'use strict';
  const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), sign => sign.charCodeAt(0));
  const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const known = list => (list || []).map(one => ({ ...one, id: bytes(one.id) }));

  const make = async asked => {
    const options = { ...asked, challenge: bytes(asked.challenge), user: { ...asked.user, id: bytes(asked.user.id) } };
    options.excludeCredentials = known(asked.excludeCredentials);
    const made = await navigator.credentials.create({ publicKey: options });
    return { ...face(made), response: {
      clientDataJSON: text(made.response.clientDataJSON),
      attestationObject: text(made.response.attestationObject),
    } };
  };

  const sign = async asked => {
    const options = { ...asked, challenge: bytes(asked.challenge), allowCredentials: known(asked.allowCredentials) };
    const made = await navigator.credentials.get({ publicKey: options });
    const handle = made.response.userHandle;
    return { ...face(made), response: {
      clientDataJSON: text(made.response.clientDataJSON),
      authenticatorData: text(made.response.authenticatorData),
      signature: text(made.response.signature),
      ...(handle ? { userHandle: text(handle) } : {}),
    } };
  };

  const face = made => ({ id: made.id, rawId: text(made.rawId), type: made.type, clientExtensionResults: {} });

  const fill = async form => {
    const trouble = form.querySelector('[data-passkey-trouble]');
    trouble.hidden = true;
    try {
      const token = form.querySelector('[name=csrfmiddlewaretoken]').value;
      const answer = await fetch(form.dataset.passkeyAsk, { method: 'POST', headers: { 'x-csrftoken': token } });
      if (!answer.ok) throw new Error(String(answer.status));
      const { publicKey } = await answer.json();
      const made = await (form.dataset.passkey === 'create' ? make : sign)(publicKey);
      form.querySelector('[name=credential]').value = JSON.stringify(made);
      form.submit();
    } catch {
      trouble.hidden = false;
    }
  };

  if (!window.PublicKeyCredential) return;
  for (const form of document.querySelectorAll('form[data-passkey]')) {
    form.hidden = false;
    form.addEventListener('submit', event => {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (form.reportValidity()) fill(form);
    }, true);
  }
})();
