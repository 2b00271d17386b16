"""A workbook whose XML was mangled is read or refused; what comes back says what was read."""

from __future__ import annotations

import io
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from unionhall.base import spreadsheet_child
from unionhall.base.tests.hostile_files import entries, zipped
from unionhall.base.tests.test_returned_in_place import a_senders_workbook
from unionhall.base.workbooks.noted_books import with_notes

FILES = entries(a_senders_workbook())
PARTS = sorted(name for name in FILES if name.startswith("xl/") and b"<" in FILES[name])
TOKENS = [
    b"<", b">", b"/>", b"</c>", b"<c/>", b'<c r="A1"/>', b'<c t="e"><v>#N/A</v></c>', b"<row>", b"</row>",
    b'<row r="0">', b'<row r="99999">', b"<f/>", b"<f>1</f>", b'<f t="shared" si="9"/>', b"<v/>", b"<v>-1</v>",
    b't="d"', b't="b"', b't="s"', b's="99"', b' r="ZZ1"', b' r="a1"', b"&#0;", b"&amp;", b"&x;", b"<![CDATA[", b"]]>",
    b"<!--", b"-->", b"<?x?>", b"\x00", b"\xff", b'<mergeCell ref="A1:XFD1"/>', b"<sheetData>", b"</sheetData>",
    b"<cols/>", b'date1904="1"', b'min="1" max="16384"', b"<xf/>", b"<fills/>", b'xmlns=""',
]  # fmt: skip


def told(content: bytes) -> list[list[list[object]]] | None:
    """The cells of each sheet; ``None`` when the file is refused."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="replace")
    try:
        head = spreadsheet_child._answer(content, out)
    except Exception:  # noqa: BLE001 — the program says of any that the file is damaged
        return None
    out.seek(0)
    lines = [json.loads(line) for line in out.read().splitlines()]
    return [[lines.pop(0) for _ in range(one["rows"])] for one in head["sheets"]]


def without_formula(cell: object) -> object:
    if isinstance(cell, list) and cell[0] == "f":
        return cell[2] if cell[2] is not None else (f"={cell[1]}" if cell[1] else None)
    return cell


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PARTS), st.floats(0, 1), st.sampled_from(TOKENS), st.integers(0, 12))
def test_what_comes_back_says_what_was_read(part, place, token, lost):
    body = FILES[part]
    at = max(body.find(b"<", int(place * len(body))), 0)
    content = zipped(FILES | {part: body[:at] + token + body[at + lost :]})
    before = told(content)
    if before is None:
        return
    try:
        after = told(with_notes(content, {"花名册": {3: "换"}}, "改"))
    except Exception:  # noqa: BLE001 — then it is written anew from what was read
        return
    assert after is not None
    for sheet, again in zip(before, after, strict=True):
        for row, other in zip(sheet, again, strict=False):
            cells = [without_formula(cell) for cell in row]
            assert cells == other[: len(cells)]
            assert {*map(str, other[len(cells) :])} <= {"None", "换", "改"}
        assert not any(isinstance(cell, list) and cell[0] == "f" for row in again for cell in row)
