"""Which encoding a file of questions has, where that is not Chinese."""

from __future__ import annotations

import re

_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9_.\-]{1,40})[\"']")
_KNOWN = {
    "utf-8": "utf-8-sig",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "windows-1252": "cp1252",
    "iso-8859-1": "cp1252",  # as browsers read it
    "us-ascii": "cp1252",
}
_RARE = re.compile(rb"[\x80-\xff]+")
_HALF = 2


def declared(content: bytes) -> str:
    """The codec that an XML declaration names; empty when there is none of those we read."""
    found = _DECLARED.match(content.removeprefix(b"\xef\xbb\xbf"))
    return _KNOWN.get(found[1].decode().lower(), "") if found else ""


def is_western(content: bytes) -> bool:
    """Whether what is beyond ASCII stands alone between letters, as in ``café``.

    Chinese stands in pairs, and so does what UTF-8 has beyond ASCII.
    """
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        runs = [len(run) for run in _RARE.findall(content)]
        wide = content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content
        return not wide and sum(run == 1 for run in runs) * _HALF > len(runs)
    return False
