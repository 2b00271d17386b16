"""What spreadsheets and keyboards do to text: invisible characters, full width, odd spaces."""

from __future__ import annotations

import re
import unicodedata

# Zero-width, bidi and other format characters (Unicode Cf and the like) that nobody sees;
# variation selectors are none of them: they tell two forms of one character apart.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\U000e0000-\U000e007f]"
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
HYPHENS = "-‐‑‒–—―−﹣﹘－"


def without_invisible(text: str) -> str:
    """The text without what cannot be seen; white space stays."""
    return _CONTROL.sub("", INVISIBLE.sub("", text))


def to_half_width(text: str) -> str:
    """``１９９`` becomes ``199``; nothing else is folded."""
    return text.translate(_FULL_WIDTH)


def is_private_use(char: str) -> bool:
    """A character of somebody's own font, which means nothing elsewhere."""
    return unicodedata.category(char) == "Co"
