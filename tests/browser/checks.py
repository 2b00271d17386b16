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
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
RUN = """tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, rules: {'target-size': {enabled: true}}})
    .then(found => found.violations.map(rule => rule.id + ': ' + rule.help + ' | '
        + rule.nodes.map(node => node.target.join(' ') + ' (' + node.failureSummary.replace(/\\s+/g, ' ') + ')').join(' | ')))"""


def violations(page: Page) -> list[str]:
    """What axe-core holds against the page by WCAG 2.2 A and AA, a line for each rule.

    In a window as tall as the page: what sticks to the window covers targets only until one scrolls.
    """
    page.evaluate(_axe())
    with _as_tall_as_the_page(page):
        found: list[str] = page.evaluate(RUN, TAGS)
    return found


def sideways(page: Page) -> int:
    """Pixels by which the page is wider than its window (WCAG 1.4.10: none, from 320 on)."""
    wider: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return wider


def keep_picture(page: Page, name: str) -> None:
    """The whole page under ``build/screenshots/``, if ``UNIONHALL_PICTURES`` asks for what takes a while."""
    if not os.environ.get("UNIONHALL_PICTURES"):
        return
    PICTURES.mkdir(parents=True, exist_ok=True)
    with _as_tall_as_the_page(page):
        page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")


@contextmanager
def _as_tall_as_the_page(page: Page) -> Iterator[None]:
    window = page.viewport_size
    assert window is not None
    tall: int = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": window["width"], "height": max(tall, window["height"])})
    yield
    page.set_viewport_size(window)


@functools.cache
def _axe() -> str:
    return (HERE / "vendored/axe-core/axe.min.js").read_text(encoding="utf-8")
