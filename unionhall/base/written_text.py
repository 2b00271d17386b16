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
_MOST_ACCENTS = 30  # on one letter: no language has more (UAX 15, section 13)
# Runs outside of these hold accents, or what folds into accents, as half-width ﾞ does.
_MAYBE_ACCENTS = re.compile(
    "[^\0-\u02ff\u2000-\u206f\u3000-\u3029\u3400-\u4dbf\u4e00-\u9fff\uff00-\uff9d\uffa0-\uffef"
    f"\U00020000-\U0003ffff]{{{_MOST_ACCENTS + 1}}}"
)
_GRAPHEME_JOINER = "\u034f"
HYPHENS = "-‐‑‒–—―−﹣﹘－"


def without_invisible(text: str) -> str:
    """The text without what cannot be seen; white space stays."""
    return _CONTROL.sub("", INVISIBLE.sub("", text))


def to_half_width(text: str) -> str:
    """``１９９`` becomes ``199``; nothing else is folded."""
    return text.translate(_FULL_WIDTH)


def folded(text: str) -> str:
    """NFKC, for comparing: ``Ａ`` is ``A`` and ``㎏`` is ``kg``, in time that grows with the length.

    Normalising sorts the accents of one letter, which takes the square of their number: a longer
    run than any language has is parted first (UAX 15, Stream-Safe Text Format).
    """
    if text.isascii():
        return text
    safe = _parted(text) if _MAYBE_ACCENTS.search(text) else text
    return unicodedata.normalize("NFKC", safe)


def _parted(text: str) -> str:
    pieces, run = [], 0
    for char in text:
        accents = [unicodedata.combining(part) > 0 for part in unicodedata.normalize("NFKD", char)]
        if all(accents):
            run += len(accents)
        else:
            run = accents[::-1].index(False)
        if run > _MOST_ACCENTS:
            pieces.append(_GRAPHEME_JOINER)
            run = len(accents)
        pieces.append(char)
    return "".join(pieces)


def is_private_use(char: str) -> bool:
    """A character of somebody's own font, which means nothing elsewhere."""
    return unicodedata.category(char) == "Co"
