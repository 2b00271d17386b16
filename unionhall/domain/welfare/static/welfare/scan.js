// Reads a voucher's QR code: by the camera, only after its button was pressed, or from a photo.
// What was read is written into the number's field and sent like something typed. Typing works without this file.
(() => {
  const place = document.querySelector('[data-scan]');
  if (!place || !window.QrScanner) return;
  const part = name => place.querySelector(`[data-scan-${name}]`);
  const form = document.querySelector('[data-scan-form]');
  const [video, camera, stop, photo, file, status] = ['video', 'camera', 'stop', 'photo', 'file', 'status'].map(part);
  let scanner = null;

  const say = key => { status.textContent = key ? place.dataset[key] : ''; };
  const show = running => { video.hidden = stop.hidden = !running; camera.hidden = running; };
  const found = text => {
    halt();
    say('found');
    form.elements.number.value = text.slice(0, 80);
    form.requestSubmit();
  };
  const halt = () => {
    if (scanner) scanner.destroy();
    scanner = null;
    show(false);
  };

  // WeChat's own scanner, on a page that has its JS-SDK set up (window.wx); any other webview has the camera or a photo.
  const ofWechat = () => window.wx?.scanQRCode && new Promise((success, fail) => {
    window.wx.scanQRCode({ needResult: 1, scanType: ['qrCode'], success: result => success(result.resultStr), fail });
  });

  camera.addEventListener('click', async () => {
    const scanned = ofWechat();
    if (scanned) {
      await scanned.then(found, () => say('refused'));
      return;
    }
    if (!window.isSecureContext || !navigator.mediaDevices) { say('insecure'); return; }
    show(true);
    say('looking');
    scanner = new QrScanner(video, result => found(result.data),
      { returnDetailedScanResult: true, preferredCamera: 'environment', onDecodeError: () => {} });
    try { await scanner.start(); } catch { halt(); say('refused'); }
  });
  stop.addEventListener('click', () => { halt(); say(''); });
  photo.addEventListener('click', () => file.click());
  file.addEventListener('change', async () => {
    const [picture] = file.files;
    if (!picture) return;
    try {
      found((await QrScanner.scanImage(picture, { returnDetailedScanResult: true })).data);
    } catch { say('unread'); }
    file.value = '';   // the same picture may be chosen again
  });
  addEventListener('pagehide', halt);

  camera.hidden = photo.hidden = false;
})();
