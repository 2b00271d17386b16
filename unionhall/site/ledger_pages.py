"""The ledger, readable: what happened to one thing, and what one officer did, with its seals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from django import forms
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from unionhall.base.access import allowed
from unionhall.base.exports.lists import Filters, Found, ListColumn, ListToExport
from unionhall.base.exports.narrowing import told as told_filter
from unionhall.base.ledger.queries import (
    Proof,
    blocks_of,
    deeds_by,
    entries_in,
    entries_numbered,
    entries_of,
    proof_of,
)
from unionhall.base.paging import page_of
from unionhall.domain.lectures.queries import series_within
from unionhall.people.accounts.models import User
from unionhall.people.members.queries import (
    bulk_deed_in_charge,
    bulk_entries_of,
    member_in_charge,
    roll_in_charge,
)
from unionhall.people.programs.queries import key_in_charge
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.models import Office, Union
from unionhall.people.unions.queries import (
    Told,
    in_charge_of,
    list_in_charge,
    offices_of,
    told,
    tops_in_charge,
    union_in_charge,
)
from unionhall.people.unions.rules.roles import ADMINISTRATORS

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django.core.paginator import Page
    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import Promise

    from unionhall.base.ledger.models import Entry, Seal

MOST_PROVED = 5  # blocks of a page, reckoned anew at one press: each has up to 10,000 entries
WHY = "why"  # of a fact that only those who said it tell


class Kind(NamedTuple):
    """One kind of thing: its name, its door, and where its page is."""

    title: Promise
    find: Callable[[Any, int], Model]
    page: str


def _series(user: User | AnonymousUser, series_id: int) -> Model:
    return series_within(in_charge_of(user)).get(pk=series_id)


KINDS = {
    "member": Kind(_("会员"), member_in_charge, "members_desk:member"),
    "union": Kind(_("工会"), union_in_charge, "unions_desk:union"),
    "roll": Kind(_("名册"), roll_in_charge, "members_desk:roll_import"),
    "list": Kind(_("工会台账"), list_in_charge, "unions_desk:list_import"),
    "bulk": Kind(_("批量办理"), bulk_deed_in_charge, "members_desk:bulk_deed"),
    "key": Kind(_("程序密钥"), key_in_charge, "programs_desk:revocation"),
    "lecture": Kind(_("讲座"), _series, "lectures_desk:series"),
}
KIND_OF = {
    "members.member": "member", "unions.union": "union", "members.rollimport": "roll", "unions.listimport": "list",
    "members.bulkdeed": "bulk", "programs.programkey": "key", "lectures.series": "lecture",
}  # fmt: skip


class LedgerFilter(forms.Form):
    """Which entries: of which days, by whom, what."""

    since = forms.DateField(label=_("从"), required=False, widget=forms.DateInput({"type": "date"}))
    until = forms.DateField(label=_("到"), required=False, widget=forms.DateInput({"type": "date"}))
    by = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    deed = forms.RegexField(r"^[a-z_]+\.[a-z_]+$", required=False, widget=forms.HiddenInput)

    def part_of(self, entries: QuerySet[Entry]) -> QuerySet[Entry]:
        """Wrong values count as left out."""
        self.is_valid()
        said = self.cleaned_data
        if said.get("since"):
            entries = entries.filter(at__date__gte=said["since"])
        if said.get("until"):
            entries = entries.filter(at__date__lte=said["until"])
        if said.get("by"):
            entries = entries.filter(by_id=said["by"])
        if said.get("deed"):
            entries = entries.filter(action=said["deed"])
        return entries


@dataclass(frozen=True)
class Line:
    """An entry as it is read: the sentence, the block, and where its thing and its doer are told of."""

    entry: Entry
    told: Told
    seal: Seal | None
    about: str


def reads_ledgers(user: User | AnonymousUser) -> bool:
    """Whoever holds an office in a union; what of the ledger is each page's to say.

    The three administrators hold none: they see no members.
    """
    return user.is_authenticated and offices_of(user).exclude(role__in=ADMINISTRATORS).exists()


def overseen_by(user: User | AnonymousUser) -> QuerySet[Union]:
    """The unions whose officers' deeds she may read: below those of which she is chair or auditor."""
    roles = [Office.Role.CHAIR, Office.Role.AUDITOR]
    paths = [one.union.path for one in offices_of(user).filter(role__in=roles)]
    inside = Q(pk=None)
    for path in paths:
        inside |= Q(path__startswith=path)
    unions: QuerySet[Union] = Union.objects.filter(inside)
    return unions


def entries_about(thing: Model) -> QuerySet[Entry]:
    """Of a union all that was done in it; of a member what was done to her among others, too."""
    if isinstance(thing, Union):
        return entries_in(thing.pk)
    own = entries_of(thing)
    of_many = bulk_entries_of(thing) if thing._meta.label_lower == "members.member" else []
    return (own | entries_numbered(of_many)).order_by("-id") if of_many else own


def deeds_of(doer: User, reader: User | AnonymousUser) -> QuerySet[Entry]:
    """What ``doer`` did in the unions that ``reader`` oversees, the newest first."""
    return deeds_by(doer.pk, overseen_by(reader).values("pk"))


@allowed(runs_unions)
@require_safe
def records(request: HttpRequest) -> HttpResponse:
    """The ledger of the top of what she runs."""
    return redirect("desk:ledger", "union", tops_in_charge(request.user)[0].pk)


@allowed(runs_unions)
@never_cache
@require_safe
def of_thing(request: HttpRequest, thing_kind: str, thing_id: int) -> HttpResponse:
    """What happened to one thing, for those in charge of it."""
    thing, known = _thing(request.user, thing_kind, thing_id), KINDS[thing_kind]
    form = LedgerFilter(request.GET)
    page = page_of(request, form.part_of(entries_about(thing)))
    context = {
        "kind": known,
        "called": _called(thing),
        "back": reverse(known.page, args=[thing_id]),
        "thing": {"kind": thing_kind, "thing": thing_id},
        **_shown(request, page, form),
    }
    return render(request, "desk/ledger.html", context)


@allowed(reads_ledgers)
@never_cache
@require_safe
def of_doer(request: HttpRequest, user_id: int) -> HttpResponse:
    """What an officer did, for the chair and the auditors of her union and of those above."""
    doer = _overseen(request.user, user_id)
    form = LedgerFilter(request.GET)
    page = page_of(request, form.part_of(deeds_of(doer, request.user)))
    context = {"doer": doer, "called": str(doer), **_shown(request, page, form)}
    return render(request, "desk/ledger.html", context)


def _thing(user: User | AnonymousUser, kind: str, thing_id: int) -> Model:
    if kind not in KINDS:
        raise Http404
    try:
        return KINDS[kind].find(user, thing_id)
    except ObjectDoesNotExist as error:
        raise Http404 from error


def _overseen(user: User | AnonymousUser, user_id: int) -> User:
    offices = Office.objects.filter(union__in=overseen_by(user))
    return get_object_or_404(User, pk__in=offices.values("user"), id=user_id)


def _called(thing: Model) -> str:
    return str(getattr(thing, "called", "") or thing)


def _shown(request: HttpRequest, page: Page[Entry], form: LedgerFilter) -> dict[str, object]:
    lines = lines_of(page.object_list, request.user)
    seals = list({one.seal.pk: one.seal for one in lines if one.seal}.values())
    proved: list[Proof] = []
    if "proof" in request.GET:
        proved = [proof_of(seal, settings.LEDGER_ANCHOR) for seal in seals[:MOST_PROVED]]
    return {
        "form": form,
        "page": page,
        "lines": lines,
        "seals": seals,
        "proved": proved,
        "is_sound": proved and not any(one.faults for one in proved),
    }


def lines_of(entries: list[Entry], user: User | AnonymousUser) -> list[Line]:
    """In their order. Why somebody left is told by nobody but those who said it."""
    unions = in_charge_of(user).filter(pk__in={one.union_id for one in entries})
    hers = set(unions.values_list("pk", flat=True)) | set(
        overseen_by(user)
        .filter(pk__in={one.union_id for one in entries})
        .values_list("pk", flat=True)
    )
    for one in entries:
        if one.union_id not in hers:
            one.detail = {name: fact for name, fact in one.detail.items() if name != WHY}
    seals = blocks_of([one.pk for one in entries])
    return [
        Line(one, words, seals.get(one.pk), _leads_to(one))
        for one, words in zip(entries, told(entries), strict=True)
    ]


def _leads_to(entry: Entry) -> str:
    kind = KIND_OF.get(entry.subject_type)
    return reverse("desk:ledger", args=[kind, entry.subject_id]) if kind else ""


# == The same, to be taken along ==


def _found(user: User, filters: Filters) -> Found[Any]:
    kind, key = filters.get("kind", ""), filters.get("thing", "")
    if kind not in KINDS or not key.isdecimal():
        raise ObjectDoesNotExist
    thing, form = KINDS[kind].find(user, int(key)), LedgerFilter(filters)
    rows, top = form.part_of(entries_about(thing)), tops_in_charge(user)[0]
    return Found(
        rows,
        about=thing,
        union_id=top.pk,
        called=_called(thing),
        narrowed=told_filter(form),
        read=lambda some: lines_of(list(some), user),
    )


THING = ListToExport(
    name="ledger.thing",
    title=_("记录"),
    columns=[
        ListColumn("number", _("编号"), lambda one: one.entry.pk, "integer", 10),
        ListColumn("at", _("时间"), lambda one: one.entry.at, "datetime", 18),
        ListColumn("said", _("做了什么"), lambda one: one.told.sentence, width=60),
        ListColumn("action", _("代码"), lambda one: one.entry.action, width=30),
        ListColumn("block", _("封存在第几块"), lambda one: one.seal and one.seal.number, "integer"),
    ],
    find=_found,
    may=runs_unions,
)
LISTS: list[ListToExport[Any]] = [THING]
