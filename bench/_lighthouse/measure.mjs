// Told on stdin what to look at, answers one line of JSON a run: the page's name, its scores from 0 to 100, its LCP in ms.
// {"chromium": PATH, "runs": [{"page": NAME, "url": ADDRESS, "cookies": {NAME: VALUE}, "categories": [NAME], "settings": {…}}]}
import { readFileSync } from 'node:fs';
import { launch } from 'chrome-launcher';
import lighthouse from 'lighthouse';
import puppeteer from 'puppeteer-core';

const { chromium, runs } = JSON.parse(readFileSync(0, 'utf8'));
const chrome = await launch({
  chromePath: chromium,
  chromeFlags: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
});
const browser = await puppeteer.connect({ browserURL: `http://127.0.0.1:${chrome.port}`, defaultViewport: null });
// A trace without a beginning is no answer: Lighthouse itself says "please run again" then.
const once = async (url, flags, tries = 3) => {
  const tab = await browser.newPage();
  const { lhr } = await lighthouse(url, flags, undefined, tab);
  await tab.close();
  return lhr.runtimeError && tries > 1 ? once(url, flags, tries - 1) : lhr;
};

try {
  for (const { page, url, cookies, categories, settings } of runs) {
    const jar = Object.entries(cookies).map(([name, value]) => ({ name, value, domain: new URL(url).hostname, path: '/' }));
    await browser.setCookie(...jar);
    const lhr = await once(url, { logLevel: 'silent', onlyCategories: categories, ...settings });
    if (lhr.runtimeError) throw new Error(`${page}: ${lhr.runtimeError.message}`);
    if (lhr.finalDisplayedUrl !== url) throw new Error(`${page} led to ${lhr.finalDisplayedUrl}`);
    const scores = Object.fromEntries(Object.entries(lhr.categories).map(([name, found]) => [name, Math.round(found.score * 100)]));
    const where = audit => (audit.details?.items || []).map(item => item.node?.selector).filter(Boolean).slice(0, 3).join(' | ');
    const lacks = Object.values(lhr.categories).flatMap(found => found.auditRefs)
      .filter(({ id, weight }) => weight && lhr.audits[id].score !== null && lhr.audits[id].score < 0.9)
      .map(({ id }) => `${id} ${lhr.audits[id].displayValue || where(lhr.audits[id])}`);
    const lcp = lhr.audits['largest-contentful-paint']?.numericValue;
    console.log(JSON.stringify({ page, scores, lcp, lacks }));
  }
} finally {
  await browser.disconnect();
  chrome.kill();
}
