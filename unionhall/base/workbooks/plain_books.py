"""A plain workbook of what was read, for a table that came as text or in the old format.

Straight to XML: as text stays text and nothing is computed, there is little else to say.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime

from unionhall.base.tables import EPOCH_1904, Cell, CellError, Formula, Sheet, as_text
from unionhall.base.workbooks.archives import BOOK, RELATIONS
from unionhall.base.workbooks.noted_books import (
    DECLARED,
    KINDS,
    LEVEL,
    Relation,
    content_types,
    entry_info,
    relations,
)
from unionhall.base.workbooks.noted_sheets import REFUSED_VALUE
from unionhall.base.workbooks.odd_cells import FORBIDDEN_FORMULA
from unionhall.base.workbooks.xml_pieces import MAIN, escaped, letters_of

LONGEST_TEXT = 32_767
NARROWEST, WIDEST = 6, 40  # columns, in half-width characters
MEASURED = 200  # rows that tell how wide a column is
SHOWN_WHOLE = 10**11  # from here on a program shows a number as 1.1E+11
FIRST_DAY = date(1904, 1, 2)  # both epochs count from before it
ERRORS = {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A"}
GENERAL, TEXT, WHOLE, DAY, MOMENT = range(5)  # in the order of the formats below
_STYLES = f"""<styleSheet xmlns="{MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/><numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="5">{"".join(f'<xf numFmtId="{one}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>' for one in (0, 49, 1, 164, 165))}</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""


def plain_book(
    sheets: Sequence[tuple[str, Sheet]], to_mend: Mapping[str, Collection[int]] | None = None
) -> bytes:
    """The sheets under these names; formulas are their values, what is hidden stays hidden.

    ``to_mend``: name -> rows in which the formulas that readers refuse are errors.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as package:

        def put(entry: str, body: bytes) -> None:
            package.writestr(entry_info(entry), DECLARED + body, compresslevel=LEVEL)

        kept = [
            Relation(f"rId{at}", "worksheet", f"xl/worksheets/sheet{at}.xml")
            for at in range(1, len(sheets) + 1)
        ]
        kept.append(Relation("rId0", "styles", "xl/styles.xml"))
        put("[Content_Types].xml", content_types(kept))
        put("_rels/.rels", relations([Relation("rId1", "officeDocument", BOOK)]))
        put(BOOK, _book(sheets))
        put(RELATIONS, relations(kept))
        put("xl/styles.xml", _STYLES.encode())
        for relation, (name, sheet) in zip(kept, sheets, strict=False):
            with package.open(entry_info(relation.entry), "w") as to:
                for part in _sheet(sheet, (to_mend or {}).get(name, ())):
                    to.write(part)
    return out.getvalue()


def _book(sheets: Sequence[tuple[str, Sheet]]) -> bytes:
    seen = [at for at, (_name, sheet) in enumerate(sheets) if not sheet.hidden]
    each = b"".join(
        b'<sheet name="%b" sheetId="%d"%b r:id="rId%d"/>'
        % (
            escaped(name).replace(b'"', b"&quot;"),
            at,
            b' state="hidden"' if sheet.hidden and seen else b"",
            at,
        )
        for at, (name, sheet) in enumerate(sheets, start=1)
    )
    epoch = b' date1904="1"' if any(sheet.epoch == EPOCH_1904 for _name, sheet in sheets) else b""
    first = seen[0] if seen else 0
    return (
        b'<workbook xmlns="%b" xmlns:r="%b"><workbookPr%b/><bookViews><workbookView firstSheet="%d"'
        b' activeTab="%d"/></bookViews><sheets>%b</sheets></workbook>'
        % (MAIN.encode(), KINDS.rstrip("/").encode(), epoch, first, first, each)
    )


def _sheet(sheet: Sheet, to_mend: Collection[int]) -> Iterator[bytes]:
    widths = "".join(
        f'<col min="{at}" max="{at}" width="{width}" style="{TEXT}" customWidth="1"/>'
        for at, width in enumerate(_widths(sheet), start=1)
    )
    yield DECLARED + f'<worksheet xmlns="{MAIN}">'.encode()
    if widths:
        yield f"<cols>{widths}</cols>".encode()
    yield b"<sheetData>"
    letters: list[str] = []
    for number, row in enumerate(sheet.rows, start=1):
        letters += [letters_of(at + 1) for at in range(len(letters), len(row))]
        cells = [
            _cell(f"{letter}{number}", cell, sheet.epoch, to_mend=number in to_mend)
            for letter, cell in zip(letters, row, strict=False)
            if cell is not None
        ]
        if cells:
            yield f'<row r="{number}">{"".join(cells)}</row>'.encode()
    yield b"</sheetData></worksheet>"


def _widths(sheet: Sheet) -> list[int]:
    widths: list[int] = []
    for row in sheet.rows[:MEASURED]:
        widths += [NARROWEST] * (len(row) - len(widths))
        for at, cell in enumerate(row):
            wide = len(as_text(cell).encode("gb18030", "replace"))  # a Chinese character is two
            widths[at] = min(WIDEST, max(widths[at], wide))
    return widths


def _cell(place: str, cell: Cell, epoch: date, *, to_mend: bool) -> str:
    """Write a cell as what it is."""
    if isinstance(cell, Formula):
        cell = _without_formula(cell, to_mend=to_mend)
    if isinstance(cell, str):
        return _text(place, cell)
    if isinstance(cell, bool):
        return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, int | float):
        whole = float(cell).is_integer() and abs(cell) >= SHOWN_WHOLE
        return f'<c r="{place}" s="{WHOLE if whole else GENERAL}"><v>{float(cell)!r}</v></c>'
    if isinstance(cell, date) and date(*cell.timetuple()[:3]) >= FIRST_DAY:
        style = MOMENT if isinstance(cell, datetime) else DAY
        return f'<c r="{place}" s="{style}"><v>{_serial(cell, epoch):.16G}</v></c>'
    if isinstance(cell, CellError) and cell.text in ERRORS:
        return f'<c r="{place}" t="e"><v>{cell.text}</v></c>'
    return _text(place, as_text(cell))


def _without_formula(cell: Formula, *, to_mend: bool) -> Cell:
    """Its value; what readers refuse in a row ``to_mend`` stays something that they refuse."""
    if to_mend and (cell.value is None or FORBIDDEN_FORMULA.search(cell.text)):
        return CellError(REFUSED_VALUE.decode())
    return f"={cell.text}" if cell.value is None else cell.value


def _text(place: str, text: str) -> str:
    text = text[:LONGEST_TEXT]
    told = text if text.isalnum() else escaped(text).decode()
    return (
        f'<c r="{place}" s="{TEXT}" t="inlineStr"><is><t xml:space="preserve">{told}</t></is></c>'
    )


def _serial(value: date, epoch: date) -> float:
    day = value.date() if isinstance(value, datetime) else value
    seconds = 0.0
    if isinstance(value, datetime):
        seconds = value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
    return (day - epoch).days + seconds / 86_400
