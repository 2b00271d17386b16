"""Names in the order of the strokes of their surnames (姓氏笔画), as lists of candidates stand on a ballot.

PostgreSQL has no such order here, so a list keeps ``order_of(name)`` in a column beside the name and sorts by it.
Strokes are those of Unihan (``vendored/README.md``), rare characters of all planes included.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

from unionhall.base.written_text import without_invisible

# First and last code point of each range that the table holds, in its order.
RANGES = (
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF),
    (0x2A700, 0x2EBEF), (0x2F800, 0x2FA1F), (0x30000, 0x3134F),
)  # fmt: skip
UNKNOWN = 99  # behind all that are known: the most strokes of any are 84
NAME_HOLDS = 20  # characters of a name that decide; ``order_of`` is nine signs for each


@cache
def _table() -> bytes:
    return (Path(__file__).parent / "vendored/strokes.bin").read_bytes()


def strokes_of(char: str) -> int | None:
    """How many strokes an ideograph has; ``None`` of what is none, or is not in the table."""
    code, begin = ord(char), 0
    for first, last in RANGES:
        if first <= code <= last:
            return _table()[begin + code - first] or None
        begin += last - first + 1
    return None


def order_of(name: str) -> str:
    """A key of ASCII that sorts names by the strokes of their characters, one after the other; at most 180 signs.

    The surname comes first, so its strokes decide, then those of the given name; a shorter name stands before a longer
    one that begins alike. Of as many strokes the smaller code stands first, so that the order is the same everywhere;
    the shapes of strokes (横竖撇点折) are in no table that may be passed on, and not asked.
    """
    chars = unicodedata.normalize("NFC", without_invisible(name))
    kept = [char for char in chars if not char.isspace() and char not in "·•・．"]
    return "".join(
        f"{strokes_of(char) or UNKNOWN:02d}.{ord(char):06x}" for char in kept[:NAME_HOLDS]
    )
