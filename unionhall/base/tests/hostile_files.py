"""Files that mean harm, or are not what their name says: each with the reason of its refusal.

Made small: what a bomb would unfold to is never in memory here.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import xlsxwriter

FILES = Path(__file__).parent / "files"
LAUGHS = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10 if at else "哈"}">' for at in range(10))
DOCTYPES = {
    "billion laughs": f"<!DOCTYPE x [{LAUGHS}]>",
    "quadratic blow-up": f'<!DOCTYPE x [<!ENTITY a "{"哈" * 50_000}">]>',
    "external entity": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    "external document type": '<!DOCTYPE x SYSTEM "http://a.invalid/x.dtd">',
}
PARTS = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml")


def a_workbook(text: str = "姓名") -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.add_worksheet("表").write_string(0, 0, text)
    return out.getvalue()


def entries(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return out.getvalue()


def with_doctype(part: str, doctype: str, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The document type where the XML's declaration ends."""
    files = entries(a_workbook())
    declaration, _, body = files[part].partition(b"?>")
    files[part] = declaration + b"?>" + doctype.encode() + body
    return zipped(files, method)


def a_late_doctype() -> bytes:
    """After a comment that is longer than what one looks at first."""
    return with_doctype(PARTS[0], f"<!--{'x' * 200_000}-->{DOCTYPES['billion laughs']}")


def a_wide_doctype() -> bytes:
    files = entries(a_workbook())
    text = files[PARTS[0]].decode().partition("?>")[2]
    wide = f'<?xml version="1.0" encoding="UTF-16"?>{DOCTYPES["billion laughs"]}{text}'
    return zipped(files | {PARTS[0]: wide.encode("utf-16")})


def a_bomb() -> bytes:
    return zipped({PARTS[0]: bytes(20 << 20)})


def a_lying_bomb() -> bytes:
    """Its directory claims a thousand bytes."""
    content = bytearray(zipped({PARTS[0]: bytes(2 << 20)}))
    at = content.rindex(b"PK\x01\x02") + 24
    content[at : at + 4] = struct.pack("<I", 1000)
    return bytes(content)


def an_overlapping_bomb() -> bytes:
    """Many entries of the directory made of the same bytes (D. Fifield, 2019)."""
    body = zlib.compress(bytes(1 << 20), 9)[2:-4]
    checksum, name = zlib.crc32(bytes(1 << 20)), b"a.xml"
    sizes = struct.pack("<III", checksum, len(body), 1 << 20)
    local = b"PK\x03\x04" + struct.pack("<5H", 20, 0, 8, 0, 0x21) + sizes
    local += struct.pack("<HH", len(name), 0) + name
    directory = b"".join(
        b"PK\x01\x02" + struct.pack("<6H", 20, 20, 0, 8, 0, 0x21) + sizes
        + struct.pack("<5H2I", 5, 0, 0, 0, 0, 0, 0) + b"%05d" % at
        for at in range(20)
    )  # fmt: skip
    start = len(local) + len(body)
    end = b"PK\x05\x06" + struct.pack("<4H2IH", 0, 0, 20, 20, len(directory), start, 0)
    return local + body + directory + end


def a_twin() -> bytes:
    """Two entries of one name: which is read differs from reader to reader."""
    out = io.BytesIO(a_workbook())
    with zipfile.ZipFile(out, "a") as archive:
        del archive.NameToInfo[PARTS[0]]  # else it would warn
        archive.writestr(PARTS[0], b"<workbook/>")
    return out.getvalue()


def an_encrypted_archive() -> bytes:
    content = bytearray(a_workbook())
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1
    return bytes(content)


def _old(name: str, put: str) -> bytes:
    """An old workbook whose directory has one more entry, in its free place."""
    content = bytearray((FILES / name).read_bytes())
    root = content.index("Root Entry".encode("utf-16-le"))
    key = (put + "\0").encode("utf-16-le")
    free = next(at for at in range(root, root + 512, 128) if content[at : at + 64] == bytes(64))
    content[free : free + len(key)] = key
    content[free + 64 : free + 66] = struct.pack("<H", len(key))
    return bytes(content)


def an_old_one_with_a_password() -> bytes:
    """A FilePass record in place of the one after the first."""
    content = bytearray((FILES / "old_1900.xls").read_bytes())
    at = content.index(b"\x09\x08\x10\x00\x00\x06\x05\x00") + 20
    content[at : at + 2] = b"\x2f\x00"
    return bytes(content)


def _with(part: str) -> bytes:
    return zipped(entries(a_workbook()) | {part: b"<a/>"})


def with_sheet(inner: str, encoding: str = "utf-8") -> bytes:
    """A workbook whose sheet has this inside."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<worksheet xmlns="{space}" xmlns:x="{space}">{inner}</worksheet>'
    declared = f'<?xml version="1.0" encoding="{encoding}"?>'
    return zipped(entries(a_workbook()) | {PARTS[2]: (declared + sheet).encode(encoding)})


def with_cells(*cells: str) -> bytes:
    """Cells such as ``A1``, each the number 1."""
    rows = "".join(f'<row><c r="{one}"><v>1</v></c></row>' for one in cells)
    return with_sheet(f"<sheetData>{rows}</sheetData>")


def renamed(old: str, new: str, *, keep: bool = False) -> bytes:
    files = entries(a_workbook())
    body = files[old] if keep else files.pop(old)
    return zipped(files | {new: body})


def two_sheets_of_one_name() -> bytes:
    files = entries(a_workbook())
    book = files[PARTS[0]]
    start = book.index(b"<sheet ")
    sheet = book[start : book.index(b"/>", start) + 2]
    twin = sheet.replace("表".encode(), "表".encode()).replace(b'sheetId="1"', b'sheetId="2"')
    return zipped(files | {PARTS[0]: book.replace(sheet, sheet + twin)})


Refused = tuple[str, str, Callable[[], bytes], str]  # what it is, its name, the file, the reason
HOSTILE: list[Refused] = [
    ("a zip bomb", "a.xlsx", a_bomb, "bomb"),
    ("a bomb whose directory lies", "a.xlsx", a_lying_bomb, "bomb"),
    ("overlapping entries", "a.xlsx", an_overlapping_bomb, "bomb"),
    ("2,001 entries", "a.xlsx", lambda: zipped({f"{n}.xml": b"" for n in range(2001)}), "bomb"),
    ("a workbook inside a zip", "a.xlsx", lambda: zipped({"a.xlsx": a_workbook()}), "not_a_workbook"),
    ("a bomb inside a zip", "a.xlsx", lambda: zipped({"b.zip": a_bomb()}), "not_a_workbook"),
    ("two entries of one name", "a.xlsx", a_twin, "damaged"),
    ("a late document type", "a.xlsx", a_late_doctype, "damaged"),
    ("a document type in UTF-16", "a.xlsx", a_wide_doctype, "damaged"),
    *[
        (f"{what} in {part}", "a.xlsx", lambda p=part, d=doctype: with_doctype(p, d), "damaged")
        for part in PARTS
        for what, doctype in DOCTYPES.items()
    ],
    (
        "a document type, stored", "a.xlsx",
        lambda: with_doctype(PARTS[0], DOCTYPES["billion laughs"], zipfile.ZIP_STORED), "damaged",
    ),
    ("a password (xlsx)", "a.xlsx", (FILES / "locked.xlsx").read_bytes, "locked"),
    ("a password (xlsx as xls)", "a.xls", (FILES / "locked.xlsx").read_bytes, "locked"),
    ("a password (archive)", "a.xlsx", an_encrypted_archive, "locked"),
    ("a password (xls)", "a.xls", an_old_one_with_a_password, "locked"),
    ("macros (xlsm)", "a.xlsm", lambda: _with("xl/vbaProject.bin"), "macros"),
    ("macros (xlsm as xlsx)", "a.xlsx", lambda: _with("xl/vbaProject.bin"), "macros"),
    ("a sheet of macros (xlsx)", "a.xlsx", lambda: _with("xl/macrosheets/sheet1.xml"), "macros"),
    ("macros (xls)", "a.xls", lambda: _old("old_1900.xls", "_VBA_PROJECT_CUR"), "macros"),
    ("a word file", "a.xlsx", lambda: zipped({"word/document.xml": b"<a/>"}), "not_a_workbook"),
    ("an old word file", "a.xls", lambda: (FILES / "old_1900.xls").read_bytes().replace(
        "Workbook".encode("utf-16-le"), "WordDocu".encode("utf-16-le")), "not_a_workbook"),
    ("a pdf", "a.xlsx", lambda: b"%PDF-1.7\n1 0 obj", "not_a_workbook"),
    ("a picture", "a.xlsx", lambda: b"\x89PNG\r\n\x1a\n\0\0", "not_a_workbook"),
    ("a picture and an archive", "a.xlsx", lambda: b"\xff\xd8\xff\xe0\0" + a_workbook(), "not_a_workbook"),
    ("a picture called csv", "a.csv", lambda: b"\x89PNG\r\n\x1a\n\0\xff\xff", "encoding"),
    ("a web page", "a.xls", "<html><table><tr><td>姓名".encode, "web_page"),
    ("text called xlsx", "a.xlsx", "姓名,电话\n周白露,\n".encode, "text_inside"),
    ("a cell in the last corner", "a.xlsx", lambda: with_cells("A1", "XFD1048576"), "too_large"),
    ("more cells than memory", "a.xlsx", lambda: with_cells("A1", "IV200000"), "too_large"),
    ("the 257th column", "a.xlsx", lambda: with_cells("IW1"), "too_large"),
    ("the 200,001st row", "a.xlsx", lambda: with_cells("A200001"), "too_large"),
    ("a sheet in UTF-16", "a.xlsx", lambda: with_sheet("<sheetData/>", "utf-16"), "damaged"),
    ("raw text in a cell", "a.xlsx", lambda: with_sheet(
        '<sheetData><row r="1"><c r="A1" t="str"><v><![CDATA[周白露]]></v></c></row></sheetData>'), "damaged"),
    ("entries that differ by case", "a.xlsx", lambda: renamed(PARTS[2], "xl/Worksheets/Sheet1.xml", keep=True), "damaged"),
    ("a sheet that is not there", "a.xlsx", lambda: renamed(PARTS[2], "xl/worksheets/other.xml"), "damaged"),
    ("two sheets of one name", "a.xlsx", two_sheets_of_one_name, "damaged"),
    ("half a workbook", "a.xlsx", lambda: a_workbook()[:2000], "damaged"),
    ("half an old workbook", "a.xls", lambda: (FILES / "old_1900.xls").read_bytes()[:1500], "damaged"),
    ("nothing", "a.xlsx", lambda: b"", "empty"),
    ("zero bytes", "a.csv", lambda: bytes(40), "empty"),
    ("Big5", "a.csv", lambda: "姓名,工會\n周白露,某某街道總工會聯合會\n何立夏,機械廠工會委員會\n".encode("big5"), "big5"),
    ("two encodings", "a.csv", lambda: "姓名,\n周白露,\n".encode() + "何立夏,\n".encode("gbk"), "mixed"),
    ("an open quote", "a.csv", '姓名,电话\n"周白露,1\n何立夏,2\n'.encode, "quotes"),
]  # fmt: skip
