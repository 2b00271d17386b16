"""The search box as an API: one kind at a time, page by page."""

from __future__ import annotations

from typing import Any, Literal, cast

from django.core.paginator import Page
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from unionhall.base.api import OnlyFor, numbered, told
from unionhall.kernel.search.rules import LONGEST, pieces_of
from unionhall.people.accounts.models import User
from unionhall.people.unions.access import runs_unions
from unionhall.site import search

router = Router()
SIZE = 20


class Asked(Schema):
    """``q``: parts of words, pinyin or initials; all of what stands between spaces must be there."""

    q: str = Field("", max_length=LONGEST)
    kind: Literal["lecture", "giveaway", "voucher", "message", "union", "help"]
    page: int = Field(1, ge=1)


class DeskAsked(Schema):
    """The same for what an officer is in charge of."""

    q: str = Field("", max_length=LONGEST)
    kind: Literal["member", "union", "series", "giveaway"]
    page: int = Field(1, ge=1)


class HitOut(Schema):
    """One thing that was found; ``url`` is its page."""

    kind: str
    url: str
    title: str
    about: str
    note: str


class HitsOut(Schema):
    items: list[HitOut]
    page: int
    pages: int
    total: int


@router.get("/", response=HitsOut, operation_id="search")
def find(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """What she may see and nothing else, what ends last in front."""
    pieces = pieces_of(asked.q)
    finders = search.finders_for(cast("User", request.user), pieces)
    return _page(finders[asked.kind]() if pieces else ([], None), asked.page)


@router.get("/desk/", response=HitsOut, operation_id="search_desk", auth=OnlyFor(runs_unions))
def find_at_desk(request: HttpRequest, asked: Query[DeskAsked]) -> dict[str, Any]:
    """Members, unions, lectures and giveaways in her charge."""
    pieces = pieces_of(asked.q)
    finders = search.desk_finders_for(cast("User", request.user), asked.q.strip(), pieces)
    return _page(finders[asked.kind]() if pieces else ([], None), asked.page)


def _page(found: search.Told, number: int) -> dict[str, Any]:
    rows, hit = found
    page: Page[Any] = numbered(rows, number, SIZE)
    return told(page) | {"items": [_out(hit(row)) for row in page]}


def _out(hit: search.Hit) -> HitOut:
    title, about = ("".join(text for text, _hit in parts) for parts in (hit.title, hit.about))
    return HitOut(kind=hit.kind, url=hit.url, title=title, about=about, note=hit.note)
