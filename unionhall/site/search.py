"""One box for all that a member may see; at the desk, for what an officer is in charge of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from unionhall.base.access import allowed, signed_in
from unionhall.base.paging import chosen_of, page_of
from unionhall.base.sealed_words import seals_words, words_of
from unionhall.domain.lectures.models import Series
from unionhall.domain.lectures.queries import searched, series_within
from unionhall.domain.lectures.queries.found import LECTURE, admitted_to
from unionhall.domain.welfare.queries import giveaways_given_by, vouchers_of
from unionhall.domain.welfare.queries.found import GIVEAWAY, held_by
from unionhall.kernel.notify.queries import inbox_of
from unionhall.kernel.notify.wording import leads_to, title_and_rest
from unionhall.kernel.search.queries import found_in, visible_to
from unionhall.kernel.search.rules import LONGEST, Piece, excerpt, marked, matches, pieces_of
from unionhall.people.members.queries import member_and_union, roll_of
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.queries import in_charge_of, parents_of
from unionhall.people.unions.queries import search as unions_named
from unionhall.site.help_pages import pages_of_the_house

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.core.paginator import Page
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from unionhall.domain.welfare.models import VoucherOffer
    from unionhall.kernel.search.models import Document
    from unionhall.people.accounts.models import User
    from unionhall.people.members.models import Member
    from unionhall.people.unions.models import Union

FEW, SIZE = 3, 20  # shown of each kind beside others; of one kind on a page
OF_HERS = 100  # of her messages and vouchers the newest are looked through: they are sealed, or few
KINDS = {
    LECTURE: gettext_lazy("讲座"),
    GIVEAWAY: gettext_lazy("领券"),
    "voucher": gettext_lazy("我的券"),
    "message": gettext_lazy("消息"),
    "union": pgettext_lazy("many", "工会"),
    "help": gettext_lazy("帮助和设置"),
}
DESK_KINDS = {
    "member": pgettext_lazy("many", "会员"),
    "union": pgettext_lazy("many", "工会"),
    "series": gettext_lazy("讲座"),
    "giveaway": gettext_lazy("领券"),
}
ICONS = {
    LECTURE: "book", GIVEAWAY: "gift", "voucher": "ticket", "message": "mail", "union": "building",
    "help": "info", "member": "user", "series": "book",
}  # fmt: skip
ROUTES = {LECTURE: "lectures:phase", GIVEAWAY: "welfare:offer"}
Parts = list[tuple[str, bool]]


@dataclass(frozen=True)
class Hit:
    """One thing that was found: its title and a piece of its text, each in parts of which some were looked for."""

    kind: str
    url: str
    title: Parts
    about: Parts
    note: str = ""

    @property
    def icon(self) -> str:
        """What stands before it."""
        return ICONS[self.kind]


@dataclass(frozen=True)
class Section:
    """What was found of a kind: all of it on pages, or the first few beside other kinds."""

    kind: str
    label: str
    hits: list[Hit]
    more: bool = False


Told = tuple[Any, Any]  # rows, and the function that tells one of them as a ``Hit``


@signed_in
@never_cache
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Over all that she may see; what she typed stays in the box."""
    wanted = _asked(request)
    pieces = pieces_of(wanted)
    kind = chosen_of(request, "kind", KINDS)
    finders = finders_for(cast("User", request.user), pieces)
    context = _answer(request, KINDS, finders, kind, pieces) | {"wanted": wanted}
    return render(request, "search/search.html", context | {"desk": runs_unions(request.user)})


@allowed(runs_unions)
@never_cache
@seals_words
@require_safe
def desk_search(request: HttpRequest) -> HttpResponse:
    """Members, unions, lectures and giveaways in her charge."""
    wanted = _asked(request)
    pieces = pieces_of(wanted)
    kind = chosen_of(request, "kind", DESK_KINDS)
    finders = desk_finders_for(cast("User", request.user), wanted, pieces)
    context = _answer(request, DESK_KINDS, finders, kind, pieces) | {"wanted": wanted}
    return render(request, "search/desk.html", context)


def _asked(request: HttpRequest) -> str:
    return words_of(request)[:LONGEST]


def _answer(
    request: HttpRequest,
    kinds: dict[str, Any],
    finders: dict[str, Callable[[], Told]],
    kind: str,
    pieces: list[Piece],
) -> dict[str, object]:
    """Of one kind a page; of all kinds the first few of each that has any."""
    page: Page[Any] | None = None
    sections = []
    if pieces and kind:
        rows, hit = finders[kind]()
        page = page_of(request, rows, size=SIZE)
        sections = [Section(kind, str(kinds[kind]), [hit(row) for row in page])]
    elif pieces:
        told = [(name, finders[name]()) for name in finders]
        sections = [_first_of(name, str(kinds[name]), *one) for name, one in told]
    return {
        "sections": [one for one in sections if one.hits],
        "page": page,
        "kind": kind,
        "kinds": kinds,
        "asked": bool(pieces),
    }


def _first_of(kind: str, label: str, rows: Any, hit: Callable[[Any], Hit]) -> Section:  # noqa: ANN401
    first = list(rows[: FEW + 1])
    return Section(kind, label, [hit(row) for row in first[:FEW]], more=len(first) > FEW)


# == What a member may see ==
def finders_for(user: User, pieces: list[Piece]) -> dict[str, Callable[[], Told]]:
    """Of each kind a function that reads what she may see of it."""
    helped = partial(_help, pieces)
    member, union = member_and_union(user)
    if member is None:
        return {kind: (lambda: ([], _nothing)) for kind in KINDS} | {"help": helped}
    documents = visible_to(member, union, hers=_hers(member))
    return {
        LECTURE: partial(_published, documents, LECTURE, pieces),
        GIVEAWAY: partial(_published, documents, GIVEAWAY, pieces),
        "voucher": partial(_vouchers, member, pieces),
        "message": partial(_messages, member, pieces),
        "union": partial(_unions, union, pieces),
        "help": helped,
    }


def _nothing(row: object) -> Hit:
    raise AssertionError(row)


def _hers(member: Member) -> dict[str, list[int]]:
    """What she took part in or holds stays hers to find, though she moved to another union since."""
    return {LECTURE: admitted_to(member), GIVEAWAY: held_by(member)}


def _published(documents: QuerySet[Document], kind: str, pieces: list[Piece]) -> Told:
    return found_in(documents.filter(kind=kind), pieces), partial(_of_document, pieces)


def _of_document(pieces: list[Piece], document: Document) -> Hit:
    _title, _end, text = document.text.partition("\n")
    about = marked(pieces, excerpt(pieces, text), spelled=False)
    url = reverse(ROUTES[document.kind], args=[document.key])
    return Hit(document.kind, url, marked(pieces, document.title), about)


def _vouchers(member: Member, pieces: list[Piece]) -> Told:
    def text(claim: Any) -> str:  # noqa: ANN401 — allotment's row, which this floor does not name
        offer = claim.pool.offer
        return f"{offer.merchant.name}\n{offer.merchant.address}\n{claim.number}"

    def hit(claim: Any) -> Hit:  # noqa: ANN401
        offer = claim.pool.offer
        shop = marked(pieces, offer.merchant.name, spelled=False)
        url = reverse("welfare:voucher", args=[claim.pk])
        return Hit("voucher", url, marked(pieces, offer.title), shop)

    hers = vouchers_of(member)[:OF_HERS]
    return [one for one in hers if matches(pieces, one.pool.offer.title, text(one))], hit


def _messages(member: Member, pieces: list[Piece]) -> Told:
    """Sealed where they lie, so that no index knows them: the newest are opened and read."""
    read = [(one, title_and_rest(one)) for one in inbox_of(member)[:OF_HERS]]

    def hit(row: Any) -> Hit:  # noqa: ANN401
        message, (title, rest) = row
        inbox = f"{reverse('notify:inbox')}#message-{message.pk}"
        url = reverse("notify:message", args=[message.pk]) if leads_to(message) else inbox
        about = marked(pieces, excerpt(pieces, rest), spelled=False)
        return Hit("message", url, marked(pieces, title), about)

    return [row for row in read if matches(pieces, " ".join(row[1]))], hit


def _unions(union: Union | None, pieces: list[Piece]) -> Told:
    """Her own and those above it."""
    hers = [*parents_of(union), union][::-1] if union else []
    return [one for one in hers if matches(pieces, one.name)], partial(_of_union, pieces)


def _of_union(pieces: list[Piece], union: Union) -> Hit:
    return Hit("union", reverse("me"), marked(pieces, union.name), [], union.get_level_display())


def _help(pieces: list[Piece]) -> Told:
    pages = pages_of_the_house()
    found = [one for one in pages if matches(pieces, str(one.title), f"{one.note} {one.words}")]
    return found, lambda one: Hit(
        "help", one.url, marked(pieces, str(one.title)), [], str(one.note)
    )


# == What an officer is in charge of ==
def desk_finders_for(user: User, wanted: str, pieces: list[Piece]) -> dict[str, Callable[[], Told]]:
    """By the queries of the desk's own lists: nobody's name stands in an index for this."""
    unions = in_charge_of(user)
    return {
        "member": lambda: (roll_of(unions, query=wanted), partial(_of_membership, pieces)),
        "union": lambda: (unions_named(unions, query=wanted), partial(_of_own_union, pieces)),
        "series": lambda: (
            searched(series_within(unions), text=wanted).order_by("-saved_at", "-pk"),
            partial(_of_series, pieces),
        ),
        "giveaway": lambda: (
            giveaways_given_by(unions, {"q": wanted}),
            partial(_of_giveaway, pieces),
        ),
    }


def _of_membership(pieces: list[Piece], row: Any) -> Hit:  # noqa: ANN401
    url = reverse("members_desk:member", args=[row.member_id])
    return Hit("member", url, marked(pieces, row.member.name, spelled=False), [], row.union.name)


def _of_own_union(pieces: list[Piece], union: Union) -> Hit:
    url = f"{reverse('members_desk:index')}?union={union.pk}"
    name = marked(pieces, union.name, spelled=False)
    return Hit("union", url, name, [], union.get_level_display())


def _of_series(pieces: list[Piece], row: Series) -> Hit:
    """A draft is where it is written, what was published where it runs."""
    route = "compose" if row.state == Series.State.DRAFT else "series"
    url = reverse(f"lectures_desk:{route}", args=[row.pk])
    title = marked(pieces, row.title or _("还没起名"), spelled=False)
    return Hit("series", url, title, [], row.union.name)


def _of_giveaway(pieces: list[Piece], row: VoucherOffer) -> Hit:
    url = reverse("welfare_desk:giveaway", args=[row.pk])
    title = marked(pieces, row.title, spelled=False)
    return Hit("giveaway", url, title, [], row.union.name)
