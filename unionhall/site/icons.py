"""The icon set: what stands in ``static/icons.svg``, by name."""

from __future__ import annotations

import functools
import re
from pathlib import Path

FILE = Path(__file__).with_name("static") / "icons.svg"
SYMBOL = re.compile(r'<symbol id="([\w-]+)" viewBox="0 0 24 24">(.*?)</symbol>')


@functools.cache
def icons() -> dict[str, str]:
    """Every icon's name and its paths, on a ground of 24 × 24."""
    return dict(SYMBOL.findall(FILE.read_text(encoding="utf-8")))
