"""A workbook with notes beside its rows, else as its sender wrote it.

Kept are the sheets with their values, formats, widths, merged and hidden cells, filters, plain
drop-down lists and page layout. Left out is what computes, connects or embeds: formulas (their
values stay), links, connections, pictures, charts, pivot tables, comments, add-ins, properties.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from unionhall.base.workbooks.archives import BOOK, RELATIONS, Archive, Part
from unionhall.base.workbooks.names import shown_names
from unionhall.base.workbooks.noted_sheets import NotedSheet, Notes
from unionhall.base.workbooks.xml_pieces import (
    NotPlainError,
    Piece,
    Pieces,
    escaped,
    taken_apart,
)

LEVEL = 3  # of deflate: nearly as small as 6, in half the time
EPOCH = (1980, 1, 1, 0, 0, 0)
COLOUR = "FFFFE3E0"  # light enough for black text
AS_TEXT = 49  # ECMA-376-1, 18.8.30: the format "@"
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
KEPT = {"workbookPr", "workbookProtection", "bookViews", "sheets", "definedNames"}
USUAL = {"styles": "xl/styles.xml", "sharedStrings": "xl/sharedStrings.xml"}
BESIDES = {"styles", "sharedStrings", "theme"}
_TYPE = "application/vnd.openxmlformats-officedocument."
TYPES = {
    "worksheet": f"{_TYPE}spreadsheetml.worksheet+xml",
    "styles": f"{_TYPE}spreadsheetml.styles+xml",
    "sharedStrings": f"{_TYPE}spreadsheetml.sharedStrings+xml",
    "theme": f"{_TYPE}theme+xml",
}
_SHARED = re.compile(rb"<(?:[\w.-]+:)?si[\s/>]")
_IN_TEXT = rb"<(?:[\w.-]+:)?t(?:\s[^<>]*)?>"
_PLAIN_NAME = re.compile(rb"<(?:[\w.-]+:)?definedName(?=\s)([^>]*)>([^<|\[({]*)</")
_MACRO = re.compile(rb"\b(function|vbProcedure|xlm|macro)\s*=")
DECLARED = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE = b"http://schemas.openxmlformats.org/package/2006/"


@dataclass(frozen=True)
class Relation:
    """What the workbook is connected with, as far as it is kept."""

    key: str
    kind: str
    entry: str


def with_notes(content: bytes, notes: Mapping[str, Mapping[int, str]], heading: str) -> bytes:
    """The workbook; ``notes``: sheet -> row -> words. ``heading`` stands in the first row.

    Raises ``RefusedError``, and ``NotPlainError`` or ``ExpatError`` for a file of another shape.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        checked = Archive(archive, content)
        parts, _epoch = checked.book()
        if "xl/metadata.xml" in checked or not all(part.is_worksheet for part in parts):
            raise NotPlainError
        return _Book(checked, parts, heading).written(notes)


class _Book:
    def __init__(self, checked: Archive, parts: list[Part], heading: str) -> None:
        self._checked, self._parts, self._heading = checked, parts, heading
        self._relations = list(self._kept_relations())
        self._entry = {one.kind: one.entry for one in self._relations}
        if "styles" not in self._entry or not all(map(self._is_where_it_is_read, USUAL)):
            raise NotPlainError

    def _is_where_it_is_read(self, kind: str) -> bool:
        """The fast reader does not ask the relations for these."""
        entry = self._entry.get(kind, "")
        return entry.lower() == USUAL[kind].lower() or (
            not entry and USUAL[kind] not in self._checked
        )

    def written(self, notes: Mapping[str, Mapping[int, str]]) -> bytes:
        out = io.BytesIO()
        archive = self._checked.archive
        styles, style = _with_style(self._checked.read(self._entry["styles"]))
        strings = self._heading_strings()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as package:

            def put(entry: str, body: bytes) -> None:
                package.writestr(entry_info(entry), body, compresslevel=LEVEL)

            put("[Content_Types].xml", DECLARED + content_types(self._relations))
            put("_rels/.rels", DECLARED + relations([Relation("rId1", "officeDocument", BOOK)]))
            put(BOOK, _mended_book(self._checked.read(BOOK)))
            put(RELATIONS, DECLARED + relations(self._relations))
            put(self._entry["styles"], styles)
            for kind in ("theme", "sharedStrings"):
                if kind in self._entry:
                    put(self._entry[kind], archive.read(self._entry[kind]))
            names = shown_names(part.name for part in self._parts)
            for part, name in zip(self._parts, names, strict=True):
                odd = part.entry in self._checked.odd
                beside = Notes(notes.get(name, {}), self._heading, strings, style, odd)
                with archive.open(part.entry) as source:
                    sheet = NotedSheet(source, beside)
                with (
                    archive.open(part.entry) as source,
                    package.open(entry_info(part.entry), "w") as to,
                ):
                    sheet.write(source, to)
        return out.getvalue()

    def _kept_relations(self) -> Iterator[Relation]:
        """To the sheets, the formats and the texts."""
        sheets = {part.entry for part in self._parts}
        for one in ET.fromstring(self._checked.read(RELATIONS)):  # noqa: S314 — no entities here
            kind = one.get("Type", "")
            plain = kind.removeprefix(KINDS)
            target = one.get("Target", "")
            path = target.lstrip("/") if target.startswith(("/", "xl/")) else f"xl/{target}"
            if plain not in BESIDES | {"worksheet"} or one.get("TargetMode") == "External":
                if plain == kind:  # of the other standard, or of none
                    raise NotPlainError
                continue
            entry = self._checked.entry(path)
            if "\\" in entry or (plain == "worksheet") != (entry in sheets):
                raise NotPlainError
            yield Relation(one.get("Id", ""), plain, entry)

    def _heading_strings(self) -> frozenset[int]:
        """Where the shared texts begin with the heading: a program saved our notes among them."""
        if "sharedStrings" not in self._entry:
            return frozenset()
        texts, heading = self._checked.read(self._entry["sharedStrings"]), escaped(self._heading)
        places = [one.start() for one in re.finditer(_IN_TEXT + re.escape(heading), texts)]
        return frozenset(len(_SHARED.findall(texts, 0, at)) - 1 for at in places[:9])


def entry_info(entry: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(entry, EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def relations(kept: Sequence[Relation]) -> bytes:
    """A part that says what another is connected with."""
    each = b"".join(
        b'<Relationship Id="%b" Type="%b" Target="/%b"/>'
        % (escaped(one.key), (KINDS + one.kind).encode(), escaped(one.entry))
        for one in kept
    )
    return b'<Relationships xmlns="' + _PACKAGE + b'relationships">' + each + b"</Relationships>"


def content_types(kept: Sequence[Relation]) -> bytes:
    """The part that says what the parts are."""
    kinds = [(BOOK, f"{_TYPE}spreadsheetml.sheet.main+xml")]
    kinds += [(one.entry, TYPES[one.kind]) for one in kept]
    overrides = b"".join(
        b'<Override PartName="/%b" ContentType="%b"/>' % (escaped(entry), kind.encode())
        for entry, kind in kinds
    )
    return (
        b'<Types xmlns="' + _PACKAGE + b'content-types">'
        b'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        b'<Default Extension="xml" ContentType="application/xml"/>' + overrides + b"</Types>"
    )


def _mended_book(document: bytes) -> bytes:
    """Sheets, views and plain names; no links, no caches, no macros."""
    book = taken_apart(document)
    children = [
        one._replace(text=_plain_names(one.text)) if one.name == "definedNames" else one
        for one in book.children
        if one.name in KEPT
    ]
    return _joined(book._replace(children=children))


def _plain_names(text: bytes) -> bytes:
    """Of names only those of a range."""
    opening, closing = text.index(b">") + 1, text.rindex(b"</")
    each = [
        one[0] + text[one.end() : text.index(b">", one.end()) + 1]
        for one in _PLAIN_NAME.finditer(text)
        if not _MACRO.search(one[1])
    ]
    return text[:opening] + b"".join(each) + text[closing:] if each else b""


def _with_style(document: bytes) -> tuple[bytes, int]:
    """The formats with one more for notes, and its number."""
    parsed = ET.fromstring(document)  # noqa: S314 — no entities here
    styles = taken_apart(document)
    p = styles.prefix
    fill, style = (
        len(parsed.findall(f"{{*}}{name}/{{*}}{one}"))
        for name, one in (("fills", "fill"), ("cellXfs", "xf"))
    )
    if not fill or not style:
        raise NotPlainError
    fills = (
        b'<%bfill><%bpatternFill patternType="solid"><%bfgColor rgb="%b"/><%bbgColor indexed="64"/></%bpatternFill></%bfill>'
        % (p, p, p, COLOUR.encode(), p, p, p)
    )
    xf = (
        b'<%bxf numFmtId="%d" fontId="0" fillId="%d" borderId="0" applyNumberFormat="1" applyFill="1" applyAlignment="1"><%balignment vertical="top" wrapText="1"/></%bxf>'
        % (p, AS_TEXT, fill, p, p)
    )
    more = {"fills": fills, "cellXfs": xf}
    children = [
        _one_more(one, more[one.name]) if one.name in more else one for one in styles.children
    ]
    return _joined(styles._replace(children=children)), style


def _one_more(piece: Piece, element: bytes) -> Piece:
    """Before its closing tag; how many there are is said in its opening tag."""
    text = re.sub(
        rb"""(\scount\s*=\s*["'])(\d+)""",
        lambda found: found[1] + b"%d" % (int(found[2]) + 1),
        piece.text,
        count=1,
    )
    at = text.rindex(b"</")
    return piece._replace(text=text[:at] + element + text[at:])


def _joined(pieces: Pieces) -> bytes:
    return pieces.opening + b"".join(one.text for one in pieces.children) + pieces.closing
