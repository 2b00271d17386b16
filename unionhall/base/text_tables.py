"""Tables that come as text: what bytes say, and what the text's records are."""

from __future__ import annotations

import csv
import io

from unionhall.base.tables import Row

MAX_ROWS, MAX_COLUMNS = 200_000, 256  # a workbook has the same


class UnreadableTextError(ValueError):
    """No reading of the bytes makes a table; ``reason`` is a word that reports know."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def decoded(content: bytes) -> str:
    """UTF-8 first, then GB 18030, which has every character; never a lossy reading."""
    encodings = ["utf-8-sig", "gb18030"]
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise UnreadableTextError("encoding")


def rows_of(text: str) -> list[Row]:
    first = text.partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    rows: list[Row] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if len(record) > MAX_COLUMNS or len(rows) == MAX_ROWS:
                raise UnreadableTextError("too_large")
            rows.append([cell if cell.strip() else None for cell in record])
    except csv.Error as error:
        raise UnreadableTextError("damaged") from error
    return rows
