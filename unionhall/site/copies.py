"""Somebody's copy of all that is held of her: a zip of pages to read and of JSON for programs."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from unionhall.base.clock import now_in_database
from unionhall.base.sweep import Sweep
from unionhall.people.members.queries import member_of
from unionhall.people.personal import actions as personal
from unionhall.site.holdings import HOLDINGS, deeds_of
from unionhall.site.records import lines_about

if TYPE_CHECKING:
    from unionhall.people.accounts.models import User
    from unionhall.people.members.models import Member
    from unionhall.site.holdings import Holding

AT_A_TIME = 500
MOST_LINES = 5_000  # of the ledger; a member's is far shorter


def zip_of(user: User) -> bytes:
    """``index.html`` with a page for each kind of thing, and ``data.json`` with the same."""
    member, now = member_of(user), now_in_database()
    kinds = [_kind(holding, user, member) for holding in HOLDINGS]
    kinds = [kind for kind in kinds if kind["rows"]]
    looks = [
        {"at": one.at.isoformat(), "what": one.sentence}
        for one in lines_about(user, member, most=MOST_LINES)
    ]
    about = {"written_at": now, "name": str(user), "deeds": deeds_of(user)}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        context = {**about, "kinds": kinds, "looks": looks}
        archive.writestr("index.html", render_to_string("me/copy/index.html", context))
        for kind in kinds:
            page = render_to_string("me/copy/kind.html", {"kind": kind})
            archive.writestr(str(kind["file"]), page)
        archive.writestr("records.html", render_to_string("me/copy/records.html", context))
        whole = {**about, "written_at": now.isoformat(), "holdings": kinds, "records": looks}
        archive.writestr("data.json", json.dumps(whole, ensure_ascii=False, indent=1))
    return packed.getvalue()


def _kind(holding: Holding, user: User, member: Member | None) -> dict[str, object]:
    rows = holding.rows(user, member).iterator(chunk_size=AT_A_TIME)
    return {
        "table": holding.model,
        "title": str(holding.title),
        "why": str(holding.why),
        "kept": str(holding.kept),
        "file": f"{holding.model.lower()}.html",
        "rows": [holding.told(row) for row in rows],
    }


def write_waiting_copies() -> int:
    """Write the copies that wait."""
    return personal.write_copies(zip_of)


def file_name() -> str:
    """As it is saved: no name of hers, for it may lie about."""
    return _("我的资料.zip")


SWEEPS = [Sweep(write_waiting_copies, seconds=5)]
