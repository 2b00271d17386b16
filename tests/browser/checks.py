"""What every page must be: usable by everybody and whole at 320 pixels; and a picture of it for who asks."""

from __future__ import annotations

import functools
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page

HERE = Path(__file__).parent
PICTURES = HERE.parents[1] / "build" / "screenshots"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
# Of axe's rules those whose answer hangs on size and colour: asked again of the same document in other colours.
OF_STYLE = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size"]
RUN = """only => axe.run(document, {runOnly: only, resultTypes: ['violations'], rules: {'target-size': {enabled: true}}})
    .then(found => found.violations.map(rule => rule.id + ': ' + rule.help + ' | '
        + rule.nodes.map(node => node.target.join(' ') + ' (' + node.failureSummary.replace(/\\s+/g, ' ') + ')').join(' | ')))"""
# Large text needs 3:1 by WCAG 1.4.3; 关怀版 promises 4.5:1 for all.
FIRMER = """on => axe.configure({checks: [{id: 'color-contrast',
    options: {contrastRatio: {normal: {expected: 4.5}, large: {expected: on ? 4.5 : 3}}}}]})"""


def violations(page: Page, *, of_style: bool = False, elder: bool = False) -> list[str]:
    """What axe-core holds against the page by WCAG 2.2 A and AA and best practice, a line for each rule.

    In a window as tall as the page: what sticks to the window covers targets only until one scrolls.
    ``of_style``: only what colours and sizes decide. ``elder``: large text, too, must have 4.5:1.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(_axe())
    only = {"type": "rule", "values": OF_STYLE} if of_style else {"type": "tag", "values": TAGS}
    page.evaluate(FIRMER, elder)
    found: list[str]
    with as_tall_as_the_page(page):
        found = page.evaluate(RUN, only)
    return found


def sideways(page: Page) -> int:
    """Pixels by which the page is wider than its window (WCAG 1.4.10: none, from 320 on)."""
    wider: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return wider


def measured(page: Page, *questions: str) -> list[str]:
    """The answers of those of the questions of ``measures.js``: what is wrong, a line each."""
    if not page.evaluate("'measures' in window"):
        page.evaluate((HERE / "measures.js").read_text(encoding="utf-8"))
    found: list[str] = page.evaluate("names => names.flatMap(name => measures[name]())", questions)
    return found


def keep_picture(page: Page, name: str) -> None:
    """The whole page under ``build/screenshots/``, if ``UNIONHALL_PICTURES`` asks for what takes a while."""
    if not os.environ.get("UNIONHALL_PICTURES"):
        return
    PICTURES.mkdir(parents=True, exist_ok=True)
    with as_tall_as_the_page(page):
        page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")


@contextmanager
def as_tall_as_the_page(page: Page) -> Iterator[None]:
    """The window, for as long as it lasts."""
    window = page.viewport_size
    assert window is not None
    tall: int = page.evaluate("document.documentElement.scrollHeight")
    if tall <= window["height"]:
        yield
        return
    page.set_viewport_size({"width": window["width"], "height": tall})
    yield
    page.set_viewport_size(window)


@functools.cache
def _axe() -> str:
    return (HERE / "vendored/axe-core/axe.min.js").read_text(encoding="utf-8")
