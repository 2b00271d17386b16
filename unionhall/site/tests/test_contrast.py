"""Every pair of ink and ground that the components use, in every theme and size: WCAG 2.2, 1.4.3 and 1.4.11 (AA)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[1] / "static" / "tokens.css"
TEXT, LINE = 4.5, 3.0
GROUNDS = ["paper", "surface", "sunken"]
STATES = ["red", "ok", "warn", "bad", "info"]
PAIRS = [
    *((ink, ground, TEXT) for ink in ("ink", "ink-2", "ink-3", "red", "bad") for ground in GROUNDS),
    *((ink, f"{wash}-wash", TEXT) for wash in STATES for ink in ("ink", "ink-3")),
    *((state, f"{state}-wash", TEXT) for state in STATES),
    ("on-red", "red-fill", TEXT),
    ("on-red", "red-press", TEXT),
    ("paper", "ink", TEXT),
    *(("edge", ground, LINE) for ground in GROUNDS),
    *((fill, ground, LINE) for fill in ("red-fill", "ink-3", "ok") for ground in GROUNDS),
]
LIGHT = ":root"
ELDER = '[data-size="elder"],\n[data-size="elder"] .desk'
DARK = ':root[data-theme="dark"]'
DARK_ELDER = ':root[data-theme="dark"][data-size="elder"]'
WISHED_DARK = ':root:not([data-theme="light"])'
WISHED_DARK_ELDER = ':root:not([data-theme="light"])[data-size="elder"]'
THEMES = {
    "light": [LIGHT],
    "light, elder": [LIGHT, ELDER],
    "dark": [LIGHT, DARK],
    "dark, elder": [LIGHT, DARK, DARK_ELDER],
}


@pytest.mark.parametrize("theme", THEMES)
def test_every_ink_is_strong_enough_on_its_ground(theme: str) -> None:
    colours: dict[str, str] = {}
    for selector in THEMES[theme]:
        colours |= _tokens(selector)
    weak = [
        f"{ink} on {ground}: {found:.2f} < {least}"
        for ink, ground, least in PAIRS
        if (found := _contrast(colours[ink], colours[ground])) < least
    ]
    assert weak == []


def test_chosen_dark_is_the_same_as_the_systems_dark() -> None:
    assert _tokens(DARK) == _tokens(WISHED_DARK)
    assert _tokens(DARK_ELDER) == _tokens(WISHED_DARK_ELDER)


def test_components_use_no_colour_of_their_own() -> None:
    """All colours are tokens; only the QR code is black on white in every theme, because cameras want it so."""
    css = TOKENS.with_name("ui.css").read_text(encoding="utf-8")
    raw = re.findall(r"^.*(?:#[0-9a-f]{3,6}\b|rgba?\().*$", css, re.MULTILINE)
    assert [line for line in raw if not line.startswith(".qr ")] == []


def _tokens(selector: str) -> dict[str, str]:
    css = TOKENS.read_text(encoding="utf-8")
    block = re.search(rf"^\s*{re.escape(selector)} {{(.*?)}}", css, re.MULTILINE | re.DOTALL)
    assert block, selector
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3,6})", block[1]))


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    """Relative luminance of ``#rgb`` or ``#rrggbb``, as WCAG 2.2 defines it."""
    digits = colour.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    channels = [int(digits[start : start + 2], 16) / 255 for start in (0, 2, 4)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
