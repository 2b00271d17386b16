"""XML taken to pieces and put together again without a changed byte in what stays."""

from __future__ import annotations

import re
from typing import NamedTuple
from xml.parsers import expat

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TAG = rb"""((?:[^"'>/]++|"[^"]*+"|'[^']*+')*+)"""  # what stands in a tag behind its name
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LIKE_AN_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # ECMA-376-1, 22.9.2.19


class NotPlainError(Exception):
    """The file is of a shape that is not mended in place."""


class Piece(NamedTuple):
    """A child of the root, with what stands behind it up to the next."""

    name: str
    text: bytes


class Pieces(NamedTuple):
    """A document: the root's tag and all before it, its children, the root's end."""

    opening: bytes
    children: list[Piece]
    closing: bytes
    prefix: bytes  # of the names of spreadsheets: b"" or b"x:"


def taken_apart(document: bytes) -> Pieces:
    """Raises ``NotPlainError``, and ``expat.ExpatError`` when it is no XML at all."""
    if b"<!" in document:
        raise NotPlainError
    starts: list[tuple[int, str]] = []
    depth, end, prefix = 0, 0, b""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.namespace_prefixes = True

    def start(tag: str, _attributes: dict[str, str]) -> None:
        nonlocal depth, prefix
        space, _blank, name = tag.partition(" ")
        name, _blank, given = name.partition(" ")
        if depth == 0:
            prefix = f"{given}:".encode() if given else b""
            if space != MAIN:
                raise NotPlainError
        elif depth == 1:
            starts.append((parser.CurrentByteIndex, name if space == MAIN else tag))
        depth += 1

    def stop(_tag: str) -> None:
        nonlocal depth, end
        depth -= 1
        if depth == 0:
            end = parser.CurrentByteIndex

    parser.StartElementHandler, parser.EndElementHandler = start, stop
    parser.Parse(document, True)
    bounds = [at for at, _name in starts] + [end]
    children = [
        Piece(name, document[at:until])
        for (at, name), until in zip(starts, bounds[1:], strict=True)
    ]
    return Pieces(document[: bounds[0]], children, document[end:], prefix)


def attributes(tag: bytes) -> dict[str, str]:
    """Of the text of a tag behind its name; a value is as it is written."""
    return {
        name.decode(): (double or single).decode()
        for name, double, single in _ATTRIBUTE.findall(tag)
    }


_ATTRIBUTE = re.compile(rb"""([\w.:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def escaped(text: str) -> bytes:
    """As the text of an element: what XML cannot say is left out, nothing is taken for an escape."""
    told = _LIKE_AN_ESCAPE.sub("_x005F_", _NO_TEXT.sub("", text)).replace("\r", "")
    return told.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").encode()


def number_of(letters: str) -> int:
    """``A`` is 1."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def letters_of(number: int) -> str:
    """1 is ``A``."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
