// Reports which parts of a lesson were really played. The server decides what counts.
(() => {
  'use strict';
  const EVERY = 10_000;         // ms between two reports
  const FASTEST = 1.5;          // the server credits no more
  const root = document.querySelector('[data-player]');
  const video = root?.querySelector('video');
  if (!video) return;
  const { open, report, csrf, key, position, other, offline, tooFast } = root.dataset;
  const part = name => document.querySelector(`[data-${name}]`);

  // What was played and not yet settled outlives the page: a tunnel or a dead battery costs nothing.
  const kept = () => { try { return JSON.parse(localStorage.getItem(key)) || {}; } catch { return {}; } };
  const keep = () => { try { localStorage.setItem(key, JSON.stringify({ player: player || former, pieces })); } catch { /* private mode: memory will do */ } };
  let { player: former = '', pieces = [] } = kept();
  let player = '', from = null, at = 0, sending = false, opening = null, done = 'done' in root.dataset;

  const say = text => { const line = part('said'); if (line && line.textContent !== text) line.textContent = text; };

  // == What is being played ==
  const cut = () => {
    if (from !== null && at > from) pieces.push([from, at]);
    pieces = pieces.slice(-400);
    from = video.paused || video.seeking ? null : at;
    keep();
  };
  video.addEventListener('loadedmetadata', () => {
    const start = Number(position);
    if (start > 0 && start < video.duration - 3) video.currentTime = start;
  }, { once: true });
  if (video.readyState >= 1) video.dispatchEvent(new Event('loadedmetadata'));
  video.addEventListener('timeupdate', () => {
    if (video.seeking || video.paused) return;
    if (from === null) from = video.currentTime;
    at = video.currentTime;
  });
  video.addEventListener('seeking', cut);
  video.addEventListener('seeked', () => { from = null; at = video.currentTime; });
  video.addEventListener('play', () => { say(''); take(); });
  for (const stop of ['pause', 'ended']) video.addEventListener(stop, () => { at = Math.max(at, from ?? 0, video.seeking ? 0 : video.currentTime); cut(); send(); });
  video.addEventListener('ratechange', () => {
    if (video.playbackRate <= FASTEST) return;
    video.playbackRate = FASTEST;
    say(tooFast);
  });

  // == Telling the server ==
  const post = async (url, body) => {
    const answer = await fetch(url, {
      method: 'POST', keepalive: true, credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json', 'X-CSRFToken': csrf },
      body: JSON.stringify(body),
    });
    if (answer.status >= 500) throw new Error(String(answer.status));
    return [answer.status, await answer.json().catch(() => ({}))];
  };

  // Becoming the one player that counts, after what a former page left has been handed in.
  const take = () => {
    if (player || done) return opening;
    opening ??= (async () => {
      try {
        if (former && pieces.length) await hand(former);
        const [status, answer] = await post(open, {});
        if (status === 200) { player = answer.player; former = ''; keep(); }
      } catch { say(offline); } finally { opening = null; }
    })();
    return opening;
  };

  const hand = async token => {
    const batch = pieces.slice(0, 100);
    const [status, answer] = await post(report, { player: token, pieces: batch, position: video.currentTime });
    if (status === 409 && token === player) { player = ''; video.pause(); say(answer.what ? `${answer.what}${answer.next}` : other); }
    if (status !== 200) return;
    pieces = [...batch.filter((_, index) => !answer.settled[index]), ...pieces.slice(batch.length)];
    keep();
    if (navigator.onLine && part('said')?.textContent === offline) say('');
    show(answer);
  };

  const send = async () => {
    if (done || sending || !pieces.length) return;
    sending = true;
    try { if (!player) await take(); if (player) await hand(player); } catch { say(offline); } finally { sending = false; }
  };

  const show = answer => {
    const left = part('left'), note = part('note'), bar = part('watched'), why = part('why');
    if (left) left.textContent = answer.left;
    if (note) note.textContent = answer.note;
    if (why) why.textContent = answer.why;
    if (bar) bar.value = answer.watched;
    if (!answer.done || done) return;
    done = true;
    try { localStorage.removeItem(key); } catch { /* nothing was kept */ }
    document.body.dispatchEvent(new Event('lesson-finished'));
  };

  setInterval(() => { if (!video.paused) cut(); send(); }, EVERY);
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'hidden') { cut(); send(); } });
  addEventListener('pagehide', () => { cut(); send(); });
  addEventListener('online', send);
  if (former && pieces.length && !done) hand(former).catch(() => {});
})();
