"""A sheet's XML read in order: what stands before the rows, blocks of whole rows, what follows.

Asked for is the usual shape: well-formed, no comments, no raw text. Then ``<row`` is only ever
the beginning of a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO
from xml.parsers import expat

from unionhall.base.workbooks.xml_pieces import TAG, NotPlainError

BLOCK = 1 << 20
LONGEST_FRAME = 16 << 20  # of what stands before and behind the rows
_ROOT = re.compile(rb"<(?:([\w.-]+):)?worksheet[\s>]")
_BEHIND_DECLARATION = 5


class SheetReader:
    """Reads ``head``, then ``rows``, then ``tail``. Raises ``NotPlainError``, ``ExpatError``."""

    def __init__(self, source: IO[bytes], *, again: bool = False) -> None:
        self._source = source
        self._parser = None if again else expat.ParserCreate()  # once is enough
        self._buffer, self._last = b"", b""
        self.prefix = b""  # of the names: b"" or b"x:"
        self._empty = False

    def head(self) -> bytes:
        """Up to the rows, with the tag that opens them."""
        found = None
        while not found:
            self._more(LONGEST_FRAME)
            root = _ROOT.search(self._buffer)
            if root:
                self.prefix = root[1] + b":" if root[1] else b""
                found = re.search(rb"<%bsheetData\s*(/?)>" % re.escape(self.prefix), self._buffer)
        head, self._buffer = self._buffer[: found.start()], self._buffer[found.end() :]
        self._empty = bool(found[1])
        return head + b"<" + self.prefix + b"sheetData>"

    def rows(self) -> Iterator[bytes]:
        """Blocks of rows, each of which ends with its closing tag."""
        end = b"</" + self.prefix + b"row>"
        alone = re.compile(rb"<%brow(?=[\s/>])%b/>" % (re.escape(self.prefix), TAG))
        closing = re.compile(rb"</%bsheetData\s*>" % re.escape(self.prefix))
        while not self._empty:
            close = closing.search(self._buffer)
            whole = close.start() if close else self._buffer.rfind(end) + len(end)
            if close or whole >= len(end):
                block, self._buffer = self._buffer[:whole], self._buffer[whole:]
                yield alone.sub(lambda one: one[0][:-2] + b">" + end, block)
            if close:
                self._buffer = self._buffer[close.end() - whole :]
                break
            self._more()

    def tail(self) -> bytes:
        """From the tag that closes the rows to the end."""
        while self._read(LONGEST_FRAME):
            pass
        if self._parser:
            self._parser.Parse(b"", True)
        return b"</" + self.prefix + b"sheetData>" + self._buffer

    def _more(self, longest: int = 0) -> None:
        if not self._read(longest):
            raise NotPlainError

    def _read(self, longest: int) -> bool:
        chunk = self._source.read(BLOCK)
        if self._parser:
            self._parser.Parse(chunk, False)
        seam = self._last + chunk
        if b"<!" in seam or seam.find(b"<?", 0 if self._last else _BEHIND_DECLARATION) >= 0:
            raise NotPlainError
        self._last = chunk[-1:] or self._last
        self._buffer += chunk
        if longest and len(self._buffer) > longest:
            raise NotPlainError
        return bool(chunk)
