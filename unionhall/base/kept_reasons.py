"""What is kept of a refused row, so that its sender can mend it after the file was read."""

from __future__ import annotations

import json
from collections.abc import Iterable

from unionhall.base.tables import Reason


def to_keep(about: str, reasons: Iterable[Reason]) -> str:
    """JSON: whom or what the row names, and each reason with what stood there."""
    told = [
        {"code": one.code, "column": one.column, "written": one.written, "facts": dict(one.facts)}
        for one in reasons
    ]
    return json.dumps({"about": about, "reasons": told}, ensure_ascii=False)


def reasons_kept(kept: str | None, codes: Iterable[str]) -> list[Reason]:
    """Why a row was refused; its codes alone once what stood in it was let go."""
    told = json.loads(kept)["reasons"] if kept else []
    whole = [Reason(one["code"], one["column"], one["written"], one["facts"]) for one in told]
    return whole or [Reason(code) for code in codes]
