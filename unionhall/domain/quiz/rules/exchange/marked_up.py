"""HTML as other programs store texts in, and the plain text that it shows.

Marks that only shape a paragraph go; whatever says more than its words (links, tables, scripts,
pictures from elsewhere) is refused, for it would be lost without a word.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

BLOCKS = frozenset({"p", "div"})
BREAK = "br"
LONGEST = 20_000  # characters of one text; the parser's time may grow with their square
SHAPES = frozenset({"span", "b", "strong", "i", "em", "u", "font", "small"})
_AFTER_BREAK = re.compile(r"(<br\s*/?>)[ \t]*\n[ \t]*", re.IGNORECASE)
_RAW_LINE_END = re.compile(r"(?<![ \t])[ \t]*\n\s*")
_EDGE = "\0"  # of a paragraph: several make one line end, those outside none
_EDGES = re.compile("(?<![ \n])[ \n]*\0[ \n\0]*")
_MAY_HAVE = frozenset({"dir", "style", "class", "lang", "id", "align", "color", "size", "face"})


@dataclass(frozen=True, slots=True)
class Image:
    """``src`` and ``alt`` as they were written."""

    src: str
    text: str


@dataclass(slots=True)
class Flat:
    """The text; ``images`` it showed; whether marks were dropped, and whether it is refused."""

    text: str = ""
    images: list[Image] = field(default_factory=list)
    reshaped: bool = False
    refused: bool = False


def flat(written: str, *, keep_lines: bool = False) -> Flat:
    """The text of a piece of HTML. ``keep_lines``: a line end in it is one on the page, too."""
    if len(written) > LONGEST:
        return Flat(refused=True)
    reader = _Reader()
    one_line = _RAW_LINE_END.sub(" ", _AFTER_BREAK.sub(r"\1", written))
    reader.feed(written if keep_lines else one_line)
    reader.close()
    found = reader.found
    found.text = _EDGES.sub("\n", "".join(reader.pieces)).strip()
    return found


def marked_up(text: str) -> str:
    """Plain text as HTML that ``flat`` reads back."""
    return html.escape(text, quote=False).replace("\n", "<br>")


class _Reader(HTMLParser):
    """Character references are left alone by the parser, to tell ``&nbsp;`` from the character."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.pieces: list[str] = []
        self.found = Flat()

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag == "img":
            told = dict(attrs)
            self.found.images.append(Image(told.get("src") or "", told.get("alt") or ""))
        elif tag in BLOCKS | SHAPES | {BREAK}:
            self.found.refused |= any(name not in _MAY_HAVE for name, _value in attrs)
            self.found.reshaped |= tag in SHAPES
        else:
            self.found.refused = True
        if tag in BLOCKS | {BREAK}:
            self.pieces.append(_EDGE if tag in BLOCKS else "\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self.pieces.append(_EDGE)

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

    def handle_entityref(self, name: str) -> None:
        self.pieces.append(" " if name == "nbsp" else html.unescape(f"&{name};"))

    def handle_charref(self, name: str) -> None:
        self.pieces.append(html.unescape(f"&#{name};"))

    def handle_comment(self, _data: str) -> None:
        self.found.refused = True

    def handle_decl(self, _decl: str) -> None:
        self.found.refused = True

    def handle_pi(self, _data: str) -> None:
        self.found.refused = True

    def unknown_decl(self, _data: str) -> None:
        self.found.refused = True
