// What the eye and the finger find, asked of a page by checks.py: each question answers with a line for each fault.
window.measures = (() => {
  'use strict';
  const LEAST_TEXT = 18, LEAST_TARGET = 60, ROUNDING = 0.5;
  const CONTROLS = 'a[href], button, input:not([type=hidden]), select, textarea, summary, video[controls], [role=button], [tabindex]';

  const name = node => {
    const words = (node.getAttribute('aria-label') || node.innerText || node.name || '').trim().replace(/\s+/g, ' ');
    const classes = typeof node.className === 'string' && node.className ? '.' + node.className.trim().replace(/\s+/g, '.') : '';
    return `${node.tagName.toLowerCase()}${classes} “${words.slice(0, 24)}”`;
  };
  const isSeen = node => node.checkVisibility({ visibilityProperty: true, contentVisibilityAuto: true })
    && !node.closest('.unseen, .skip') && node.getClientRects().length > 0;
  const each = (css, find) => [...new Set([...document.querySelectorAll(css)].filter(isSeen).map(find).filter(Boolean))];

  // == Text of at least 18 px; what is drawn counts as it is drawn ==
  const smallText = () => {
    const seen = new Set();
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = walk.nextNode(); text; text = walk.nextNode()) {
      const node = text.parentElement;
      if (!text.data.trim() || !isSeen(node) || node.closest('script, style, option, datalist')) continue;
      const drawn = node instanceof SVGGraphicsElement ? node.getScreenCTM().a : 1;
      const size = parseFloat(getComputedStyle(node).fontSize) * drawn;
      if (size < LEAST_TEXT - ROUNDING / 10) seen.add(`text of ${size.toFixed(1)} px: ${name(node)}`);
    }
    for (const node of document.querySelectorAll('input:not([type=hidden], [type=checkbox], [type=radio]), select, textarea')) {
      const size = parseFloat(getComputedStyle(node).fontSize);
      if (isSeen(node) && size < LEAST_TEXT) seen.add(`text of ${size.toFixed(1)} px: ${name(node)}`);
    }
    return [...seen];
  };

  // == Targets of at least 60 px. WCAG 2.5.8 exempts what stands in a sentence, and what the browser draws itself ==
  const stands = node => {              // in a line of running text: its size is that of the line
    if (node.tagName !== 'A' || getComputedStyle(node).display !== 'inline') return false;
    const around = [...node.parentElement.childNodes].filter(one => one !== node);
    return around.some(one => one.textContent.trim() !== '');
  };
  const whole = node => {               // a mark and its words are one target
    const rects = [node, ...(node.labels || [])].map(one => one.getBoundingClientRect()).filter(one => one.width);
    const from = key => Math.min(...rects.map(one => one[key])), to = key => Math.max(...rects.map(one => one[key]));
    return { width: to('right') - from('left'), height: to('bottom') - from('top') };
  };
  const smallTargets = () => each(CONTROLS, node => {
    if (stands(node) || node.matches('[tabindex="-1"], [role=region][tabindex="0"]')) return '';
    const { width, height } = whole(node);
    return Math.min(width, height) < LEAST_TARGET - ROUNDING
      ? `target of ${Math.round(width)} × ${Math.round(height)} px: ${name(node)}` : '';
  });

  // == Nothing cut off, whatever the size of the text (WCAG 1.4.4) ==
  const hides = style => [style.overflowX, style.overflowY].some(side => side === 'hidden' || side === 'clip');
  const isHidden = node => node.clientWidth <= 1 || getComputedStyle(node).clipPath !== 'none';   // it is only heard
  const texts = function* (node) {
    const walk = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    for (let text = walk.nextNode(); text; text = walk.nextNode()) {
      if (!text.data.trim() || !isSeen(text.parentElement)) continue;
      const range = document.createRange();
      range.selectNodeContents(text);
      yield* range.getClientRects();
    }
  };
  const cut = () => each('body *', node => {
    const isOver = node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 1;
    if (!isOver || node.closest('svg, select, textarea') || !hides(getComputedStyle(node)) || isHidden(node)) return '';
    const edge = node.getBoundingClientRect();
    return [...texts(node)].some(rect => rect.right > edge.right + 1 || rect.bottom > edge.bottom + 1 || rect.left < edge.left - 1)
      ? `cut off: ${name(node)}` : '';
  });
  const widest = () => [...document.querySelectorAll('body *')].filter(node => isSeen(node) && !node.closest('.table-wrap:not(.cards)')
    && node.getBoundingClientRect().right > document.documentElement.clientWidth + 1).slice(-3).map(name);
  const doubled = () => {
    const root = document.documentElement;
    root.style.fontSize = '200%';
    const wider = root.scrollWidth - root.clientWidth;
    const found = [...cut(), ...wider > ROUNDING * 2 ? [`${wider} px wider than the window: ${widest().join(', ')}`] : []];
    root.style.fontSize = '';
    return found.map(line => `at 200 % ${line}`);
  };

  // == By keyboard alone: each control can be reached, in the order of the page, and shows where one is ==
  const unreachable = () => {
    const before = document.activeElement;
    const found = each(CONTROLS, node => {
      if (node.disabled || node.matches('[tabindex="-1"]')) return '';
      if (node.tabIndex > 0) return `out of the page's order: ${name(node)}`;
      if (node.type === 'radio' && node.name && !node.checked
        && document.querySelector(`input[type=radio][name="${CSS.escape(node.name)}"]:checked`)) return '';   // by the arrows
      node.focus({ focusVisible: true, preventScroll: true });
      if (document.activeElement !== node) return `cannot be reached: ${name(node)}`;
      const shown = [node, ...(node.labels || [])].some(one => {
        const style = getComputedStyle(one);
        return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
      });
      return shown ? '' : `shows no focus: ${name(node)}`;
    });
    document.activeElement.blur();
    before?.focus?.({ preventScroll: true });
    return found;
  };

  // == Nothing moves for those who asked for stillness ==
  const moving = () => each('body, body *', node => ['', '::before', '::after'].map(part => getComputedStyle(node, part || null))
    .some(style => style.animationName !== 'none' || style.transitionDuration.split(',').some(time => parseFloat(time) > 0))
    ? `moves: ${name(node)}` : '');

  return { smallText, smallTargets, cut, doubled, unreachable, moving, widest };
})();
