"""Tables that come as text: what the bytes say, and what the text's records are."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from unionhall.base.tables import Row
from unionhall.base.unreadable import UnreadableFile
from unionhall.base.written_tables import RUN_AS_FORMULA

MAX_ROWS, MAX_COLUMNS = 200_000, 256  # a workbook has the same
LOOKED_AT = 30  # lines that tell how fields are separated
SAMPLE = 1 << 16  # characters that tell one encoding of Chinese from another
ENOUGH = 8  # fewer tell nothing
TWO_PAIRS = 4
GB2312_WORDS, BIG5_WORDS = range(0xB0, 0xF8), range(0xA4, 0xC7)  # first bytes
MOST = 0.75  # a page has about 0.95 of the right one and 0.4 of the wrong one
_UTF16 = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_SEPARATORS = re.compile(r"[\t\n\r,]")
_OUT_OF_ORDER = re.compile(r"[\u0900-\u0aff\u0d00-\u0dff\u2c00-\u2cff]")  # not of China
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
_NOT_WORDS = re.compile(r"[\x00-\xff　-〿＀-￯]+")  # ASCII and punctuation


def decoded(content: bytes, *, western: bool = False) -> str:
    """The text, read strictly. What it may be is tried in an order.

    1. UTF-16, by its mark or by its zero bytes; 2. UTF-8; 3. only with ``western``: windows-1252,
    when most of what is beyond ASCII stands alone between letters, as in ``café``; 4. GB 18030,
    which has GBK and every character of Unicode.

    Text of two encodings and Big5 would decode as the wrong characters: they are refused, text of
    two encodings with its line. Raises ``UnreadableFile``.
    """
    encoding = _UTF16.get(content[:2]) or _wide(content)
    if encoding:
        return _strictly(content, encoding).removeprefix("\ufeff")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        if western and is_western(content):
            return _as_western(content)
        _refuse_mixed(content)
        text = _strictly(content, "gb18030")
        if _is_big5(content, text):
            raise UnreadableFile("big5") from None
    return _without_nul(text)


def _wide(content: bytes) -> str:
    """UTF-16 without a mark: the zero bytes of its commas and line ends are all on one side.

    Zero bytes alone tell nothing when they are on both: 一 is U+4E00.
    """
    head = content[:SAMPLE]
    low, high = head[::2].count(0), head[1::2].count(0)
    if len(content) % 2 or low + high == 0:
        return ""
    if low and high:
        return next((one for one in _UTF16.values() if _is_in_order(head, one)), "")
    return "utf-16-le" if high else "utf-16-be"


def _is_in_order(head: bytes, encoding: str) -> bool:
    """Whether there are commas and line ends, and none that fell into the upper byte."""
    text = head.decode(encoding, "replace")
    return bool(_SEPARATORS.search(text)) and not _OUT_OF_ORDER.search(text)


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return _without_nul(content.decode(encoding))
    except UnicodeDecodeError as error:
        newline = "\n".encode(encoding)
        line = content.count(newline, 0, error.start) + 1
        raise UnreadableFile("encoding", line=line) from error


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise UnreadableFile("encoding", line=text.count("\n", 0, text.index("\0")) + 1)
    return text


def _refuse_mixed(content: bytes) -> None:
    """Every line must be of the encoding of the first that has more than ASCII."""
    first: bool | None = None
    for at, line in enumerate(content.removeprefix(codecs.BOM_UTF8).split(b"\n"), start=1):
        if line.isascii():
            continue
        utf8 = _is_utf8(line)
        first = utf8 if first is None else first
        if utf8 != first:
            raise UnreadableFile("mixed", line=at)


def _is_utf8(line: bytes) -> bool:
    """Whether a line is Chinese in UTF-8; pairs of GB 18030 may pass for Cyrillic or Arabic."""
    try:
        return any(character >= "\u2e80" for character in line.decode())
    except UnicodeDecodeError:
        return False


def is_western(content: bytes) -> bool:
    """Whether most runs of bytes beyond ASCII are one byte long: Chinese stands in pairs."""
    runs = [len(run) for run in _BEYOND_ASCII.findall(content)]
    return runs.count(1) * 2 > len(runs)


def _as_western(content: bytes) -> str:
    for at, line in enumerate(content.split(b"\n"), start=1):
        if not line.isascii() and (_decodes(line, "utf-8") or _is_chinese(line)):
            raise UnreadableFile("mixed", line=at)
    return _strictly(content, "cp1252")


def _is_chinese(line: bytes) -> bool:
    """Two characters and more in pairs of bytes, all of GB 2312: no Western word is like this."""
    runs = [len(run) for run in _BEYOND_ASCII.findall(line)]
    return sum(runs) >= TWO_PAIRS and not any(run % 2 for run in runs) and _decodes(line, "gb2312")


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _is_big5(content: bytes, text: str) -> bool:
    """Whether text that was read as GB 18030 makes better sense as Big5.

    Chinese of the mainland is nearly all in GB 2312; Big5 has its 5,401 frequent characters in
    the rows A4 to C6.
    """
    as_gb = _NOT_WORDS.sub("", text[:SAMPLE])
    as_big5 = _NOT_WORDS.sub("", content[:SAMPLE].decode("cp950", "replace"))
    if min(len(as_gb), len(as_big5)) < ENOUGH:
        return False
    gb = sum(lead in GB2312_WORDS for lead in _leads(as_gb, "gb2312")) / len(as_gb)
    big5 = sum(lead in BIG5_WORDS for lead in _leads(as_big5, "cp950")) / len(as_big5)
    return gb < MOST < big5


def _leads(text: str, encoding: str) -> Iterator[int]:
    return (code[0] for one in text if (code := one.encode(encoding, "ignore")))


def rows_of(text: str) -> list[Row]:
    """The records: separated by comma, tab, semicolon or bar. Raises ``UnreadableFile``."""
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    rows: list[Row] = []
    line, usual = 1, 1  # where the record begins; how many delimiters a record has
    try:
        for record in reader:
            if len(record) > MAX_COLUMNS or len(rows) == MAX_ROWS:
                raise UnreadableFile("too_large")
            if reader.line_num > line and _has_swallowed(record, delimiter, usual):
                raise UnreadableFile("quotes", line=line)
            rows.append([_as_meant(cell) if cell.strip() else None for cell in record])
            line, usual = reader.line_num + 1, max(usual, len(record) - 1)
    except csv.Error as error:  # a cell that is longer than the module allows
        raise UnreadableFile("quotes", line=line) from error
    return rows


def _as_meant(cell: str) -> str:
    """Without the apostrophe that says "text" where a program would see a formula: ``'+86 199…``.

    Spreadsheet programs and ``write_csv`` put it there; it is no part of what somebody wrote.
    """
    marked = cell.startswith("'") and cell.lstrip("'").startswith(RUN_AS_FORMULA)
    return cell[1:] if marked else cell


def _delimiter(text: str) -> str:
    """What most lines have; titles and notes have none. Commas may stand in a cell of tab text."""
    lines = list(islice(io.StringIO(text), LOOKED_AT))
    having = {one: sum(one in line for line in lines) for one in ",\t;|"}
    return max(having, key=lambda one: (having[one], sum(line.count(one) for line in lines)))


def _has_swallowed(record: Sequence[str], delimiter: str, usual: int) -> bool:
    """Whether a quote that nobody closed took whole lines below it into its cell."""
    inner = (line for cell in record for line in cell.split("\n")[1:])
    return any(line.count(delimiter) >= usual for line in inner)
