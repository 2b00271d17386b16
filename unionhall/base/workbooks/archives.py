"""The archive that a workbook is: checked before anything in it is opened."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from xml.etree import ElementTree as ET

from unionhall.base.workbooks.refusals import RefusedError

INFLATED, RATIO = 200 << 20, 100
SMALL = 1 << 20  # below this the ratio says nothing
ENTRIES = 2_000
STORED, DEFLATED, ENCRYPTED = 0, 8, 0x1
CHUNK = 1 << 20
DOCTYPE = b"<!DOCTYPE"
WIDE_DOCTYPES = ["<!DOCTYPE".encode(code) for code in ("utf-16-le", "utf-16-be")]
# What is quicker to look for; most of it only where a byte is that most sheets do not have.
QUICK = b'"e"'
QUICK_BEHIND = {
    b"!": (b"<![",), b"f": (b"<f", b":f"), b"'": (b"'e'", b"'&"), b"&": (b'"&',),
}  # fmt: skip
ODD = re.compile(rb"""[<:]f[\s/>]|["']e["']|["']&|<!\[""")  # a formula, an error, raw text
LONGEST_NEEDLE = 32
BOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
WORKSHEET = "/worksheet"  # how the type of a relation ends, in either standard


class Part(NamedTuple):
    """A sheet: its name, its entry in the archive, and whether it holds cells."""

    name: str
    entry: str
    is_worksheet: bool


class Archive:
    """A workbook whose directory and streams were checked. Raises ``RefusedError``.

    ``odd`` are the entries that may hold formulas, errors or raw text: at least those.
    """

    def __init__(self, archive: zipfile.ZipFile, content: bytes) -> None:
        self.archive = archive
        _check_directory(archive, len(content))
        self.odd, self._wide = _check_streams(archive, content)
        self._entries = {_plain(name): name for name in archive.namelist()}
        if any(one.endswith("vbaproject.bin") or "/macrosheets/" in one for one in self._entries):
            raise RefusedError("macros")
        if BOOK not in self._entries:
            raise RefusedError("not_a_workbook")

    def __contains__(self, name: str) -> bool:
        return _plain(name) in self._entries

    def entry(self, name: str) -> str:
        """How the archive writes the name: readers do not mind its case and its slashes."""
        found = self._entries.get(_plain(name))
        if found is None or found in self._wide:
            raise RefusedError("damaged")  # UTF-16 would be read as an empty sheet
        return found

    def read(self, name: str) -> bytes:
        """A part that is small in every honest file."""
        return self.archive.read(self.entry(name))

    def book(self) -> tuple[list[Part], bool]:
        """The sheets in their order, and whether the workbook counts its days from 1904."""
        # No document types get here (_check_streams), so there are no entities to expand.
        book = ET.fromstring(self.read(BOOK))  # noqa: S314
        relations = ET.fromstring(self.read(RELATIONS))  # noqa: S314
        by_id = {one.get("Id", ""): one.attrib for one in relations}
        parts = [self._part(sheet, by_id) for sheet in book.iterfind("{*}sheets/{*}sheet")]
        if len({part.name.casefold() for part in parts}) < len(parts):
            raise RefusedError("damaged")
        settings = book.find("{*}workbookPr")
        old = settings is not None and settings.get("date1904", "0") in {"1", "true"}
        return parts, old

    def _part(self, sheet: ET.Element, relations: Mapping[str, Mapping[str, str]]) -> Part:
        key = next((value for name, value in sheet.items() if name.endswith("}id")), "")
        relation = relations.get(key, {})
        target = relation.get("Target", "")
        path = target.lstrip("/") if target.startswith(("/", "xl/")) else f"xl/{target}"
        is_worksheet = relation.get("Type", "").endswith(WORKSHEET)
        return Part(sheet.get("name", ""), self.entry(path), is_worksheet)


def _plain(name: str) -> str:
    return name.replace("\\", "/").lower()


def _check_directory(archive: zipfile.ZipFile, size: int) -> None:
    entries = archive.infolist()
    if len(entries) > ENTRIES:
        raise RefusedError("bomb")
    declared = sum(entry.file_size for entry in entries)
    if declared > INFLATED or (declared > SMALL and declared > RATIO * size):
        raise RefusedError("bomb")
    if len({_plain(entry.filename) for entry in entries}) < len(entries):
        raise RefusedError("damaged")  # which of two a reader takes differs from reader to reader
    for entry in entries:
        if entry.flag_bits & ENCRYPTED:
            raise RefusedError("locked")
        if entry.compress_type not in {STORED, DEFLATED}:
            raise RefusedError("damaged")


def _check_streams(archive: zipfile.ZipFile, content: bytes) -> tuple[set[str], set[str]]:
    """The directory may lie: count what really comes out, and look for document types.

    Returns the entries that may be odd, and those whose text is not of one byte a letter.
    """
    left, end = INFLATED, 0
    odd: set[str] = set()
    wide: set[str] = set()
    for entry in sorted(archive.infolist(), key=lambda entry: entry.header_offset):
        start = entry.header_offset
        if start < end:  # two entries made of the same bytes: a bomb's trick
            raise RefusedError("bomb")
        start += 30 + sum(struct.unpack("<HH", content[start + 26 : start + 30]))
        end = start + entry.compress_size
        body = content[start:end]
        chunks = _inflated(body) if entry.compress_type == DEFLATED else iter([body])
        seen, told = b"", entry.file_size
        for chunk in chunks:
            left, told = left - len(chunk), told - len(chunk)
            if min(left, told) < 0:
                raise RefusedError("bomb")
            if not seen and b"\0" in chunk[:4]:
                wide.add(entry.filename)
            seen = seen[-LONGEST_NEEDLE:] + chunk
            if _has_doctype(seen):
                raise RefusedError("damaged")
            if entry.filename not in odd and _is_odd(seen):
                odd.add(entry.filename)
    return odd, wide


def _has_doctype(text: bytes) -> bool:
    wide = b"\0" in text and any(needle in text for needle in WIDE_DOCTYPES)
    return wide or (b"!" in text and DOCTYPE in text)


def _is_odd(text: bytes) -> bool:
    return _may_be_odd(text) and ODD.search(text) is not None


def _may_be_odd(text: bytes) -> bool:
    return QUICK in text or any(
        byte in text and any(needle in text for needle in needles)
        for byte, needles in QUICK_BEHIND.items()
    )


def _inflated(body: bytes) -> Iterator[bytes]:
    stream = zlib.decompressobj(-15)
    try:
        while not stream.eof:
            chunk = stream.decompress(body, CHUNK)
            body = stream.unconsumed_tail
            yield chunk
            if not chunk and not body:
                break
    except zlib.error as error:
        raise RefusedError("damaged") from error
