"""Formulas and errors of a sheet, which the fast reader does not tell apart from values."""

from __future__ import annotations

import re
from typing import IO, TypeAlias
from xml.parsers import expat

from unionhall.base.workbooks.refusals import RefusedError

Mark: TypeAlias = list[
    object
]  # ["e", error] or ["f", formula, what is stored: None, True, ["e", …]]
OddMarks: TypeAlias = dict[int, dict[int, Mark]]  # row -> column -> mark, both from 0
FORBIDDEN_FORMULA = re.compile(r"\||HYPERLINK|WEBSERVICE|DDE|CALL\(|EXEC|cmd", re.IGNORECASE)
_PLACE = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")


class OddCells:
    """By row and column."""

    def __init__(self) -> None:
        self.found: OddMarks = {}
        self.row, self.column = -1, -1
        self.kind = ""
        self.formula: str | None = None
        self.value: str | None = None
        self.texts: list[str] | None = None

    def read(self, file: IO[bytes]) -> OddMarks:
        """One pass over a sheet's XML."""
        parser = self.parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartCdataSectionHandler = _refuse  # the fast reader would leave its text out
        parser.ParseFile(file)
        return self.found

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        if name == "row":
            self.row, self.column = int(attributes.get("r", self.row + 2)) - 1, -1
        elif name == "c":
            self._go_to(attributes.get("r", ""))
            self.kind = attributes.get("t", "n")
            self.formula = self.value = None
        elif name in {"f", "v"}:
            self.texts = []

    def _go_to(self, reference: str) -> None:
        """A cell need not say where it is: then it is the next one."""
        place = _PLACE.fullmatch(reference)
        self.column += 1
        if place:
            letters, digits = place[1].upper(), place[2]
            self.row = int(digits) - 1
            self.column = sum(
                (ord(letter) - 64) * 26**at for at, letter in enumerate(reversed(letters))
            ) - 1  # fmt: skip

    def _text(self, text: str) -> None:
        if self.texts is not None:
            self.texts.append(text)

    def _end(self, tag: str) -> None:
        name = tag.rpartition(" ")[2]
        if name in {"f", "v"}:
            text = "".join(self.texts or [])
            self.texts = None
            if name == "f":
                self.formula = text
            else:
                self.value = text
        elif name == "c":
            self._keep()
        elif name == "sheetData":  # rules and lists behind it have formulas of their own
            self.parser.StartElementHandler = self.parser.EndElementHandler = None

    def _keep(self) -> None:
        error: Mark | None = ["e", self.value or "#"] if self.kind == "e" else None
        if self.formula is not None:
            stored = error or (None if self.value in {None, ""} else True)
            self.found.setdefault(self.row, {})[self.column] = ["f", self.formula, stored]
        elif error:
            self.found.setdefault(self.row, {})[self.column] = error


def _refuse() -> None:
    raise RefusedError("damaged")
