from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.base.phones import masked_phone
from unionhall.base.spreadsheets import UnreadableFile, annotated, read_workbook
from unionhall.base.tables import NoHeaderError, RowVerdict, Verdict
from unionhall.base.wording import explained
from unionhall.people.accounts.models import User
from unionhall.people.unions.models import ListImport, Office, Union
from unionhall.people.unions.rules import UnionLine, read_union_list
from unionhall.people.unions.wording import REASONS

if TYPE_CHECKING:
    from unionhall.base.ledger.models import Entry

EFFECTS = ("founded", "updated", "unchanged")  # of taking a row of a list in
IN_CHARGE = (Office.Role.CHAIR, Office.Role.OFFICER)


def under(union: Union) -> QuerySet[Union]:
    """``union`` and all that stand below it, at any depth."""
    unions: QuerySet[Union] = Union.objects.filter(path__startswith=union.path)
    return unions


def offices_of(user: User | AnonymousUser, *, on: dt.date | None = None) -> QuerySet[Office]:
    """The offices that ``user`` holds on a day (today when none is named)."""
    day = on or timezone.localdate()
    if user.pk is None:
        return Office.objects.none()
    return Office.objects.filter(
        Q(until_on=None) | Q(until_on__gt=day), user_id=user.pk, since_on__lte=day
    ).select_related("union")


def in_charge_of(user: User | AnonymousUser) -> QuerySet[Union]:
    """Every union in the subtrees that ``user`` runs; asked anew, for rights change at once."""
    paths = [office.union.path for office in offices_of(user).filter(role__in=IN_CHARGE)]
    inside = reduce(or_, (Q(path__startswith=path) for path in paths), Q(pk=None))
    unions: QuerySet[Union] = Union.objects.filter(inside)
    return unions


def tops_in_charge(user: User | AnonymousUser) -> list[Union]:
    """The unions of her own offices, the highest first."""
    offices = offices_of(user).filter(role__in=IN_CHARGE).order_by("union__path")
    return list(dict.fromkeys(office.union for office in offices))


def is_officer(user: User | AnonymousUser) -> bool:
    """Whether ``user`` runs any union today."""
    return user.is_authenticated and offices_of(user).filter(role__in=IN_CHARGE).exists()


def union_in_charge(user: User | AnonymousUser, union_id: int) -> Union:
    """The union, if ``user`` runs it; else ``Union.DoesNotExist``, as if there were none."""
    union: Union = in_charge_of(user).get(pk=union_id)
    return union


def chosen_union(user: User | AnonymousUser, asked: str) -> Union:
    """The union with the id in ``asked``; with nothing asked, the top of what ``user`` runs.

    ``Union.DoesNotExist`` where she does not run it.
    """
    tops = tops_in_charge(user)
    if not tops or (asked and not asked.isdecimal()):
        raise Union.DoesNotExist
    return union_in_charge(user, int(asked)) if asked else tops[0]


def parents_of(union: Union) -> QuerySet[Union]:
    """From the root down to the direct parent."""
    starts = range(Union.steplen, len(union.path), Union.steplen)
    paths = [union.path[:end] for end in starts]
    parents: QuerySet[Union] = Union.objects.filter(path__in=paths).order_by("path")
    return parents


def search(
    unions: QuerySet[Union], *, query: str = "", level: int | None = None
) -> QuerySet[Union]:
    """By a part of the name or the whole credit code, in the order of the tree."""
    if query:
        unions = unions.filter(Q(name__contains=query) | Q(uscc=query.upper()))
    return (unions.filter(level=level) if level else unions).order_by("path")


def with_parents(unions: Iterable[Union]) -> list[Union]:
    """The same unions; each knows its parent as ``above`` (``None`` at the top). One statement."""
    unions = list(unions)
    by_path = {union.path: union for union in Union.objects.filter(path__in=_parent_paths(unions))}
    for union in unions:
        union.above = by_path.get(union.path[: -Union.steplen])
    return unions


def staff_of(union: Union) -> QuerySet[Office]:
    """Who is and was in charge, those of today first."""
    newest = F("until_on").desc(nulls_first=True)
    return Office.objects.filter(union=union).select_related("user").order_by(newest, "-since_on")


def may_staff(user: User | AnonymousUser, union: Union) -> bool:
    """Whoever runs a union above it, and its own chair, may put people in charge of it."""
    offices = offices_of(user).filter(role__in=IN_CHARGE)
    return any(
        union.path.startswith(office.union.path)
        and (office.union.path != union.path or office.role == Office.Role.CHAIR)
        for office in offices
    )


def login_with_phone(phone: str) -> User:
    """The login of this number; ``Refused`` when nobody has signed in with it yet."""
    user = User.objects.with_phone(phone).first()
    if user is None:
        raise Refused(
            _("这个手机号还没有登录过。"),
            why=_("任命的是登录的人，名册上有没有她都不要紧。"),
            next=_("请她先用这个手机号登录一次，再来任命。"),
            code="no_login",
        )
    return user


def office_in_charge(user: User | AnonymousUser, office_id: int) -> Office:
    """An office that lasts, of a union that ``user`` may staff; else ``Office.DoesNotExist``."""
    unions = in_charge_of(user)
    office = Office.objects.select_related("union").get(
        pk=office_id, until_on=None, union__in=unions
    )
    if not may_staff(user, office.union):
        raise Office.DoesNotExist
    return office


@dataclass(frozen=True)
class Told:
    """A line of history."""

    at: dt.datetime
    sentence: str


def told(entries: Iterable[Entry]) -> list[Told]:
    """Entries of the ledger as sentences, in the words of the app that wrote each."""
    entries = list(entries)
    doers = {one.by_id for one in entries if one.by_id}
    names = dict(User.objects.filter(pk__in=doers).values_list("pk", "name"))
    return [Told(one.at, _sentence(one, names.get(one.by_id or 0, ""))) for one in entries]


def _sentence(entry: Entry, actor: str) -> str:
    app, _dot, what = entry.action.partition(".")
    wording = [f"{app}/ledger/{what}.txt", "ledger/unworded.txt"]
    said = {"entry": entry, "detail": entry.detail, "actor": actor or _("系统")}
    return render_to_string(wording, said).strip()


# == Lists that were sent in ==


def lists_in_charge(user: User | AnonymousUser) -> QuerySet[ListImport]:
    """The lists that ``user`` sent in, newest first."""
    lists = ListImport.objects.filter(by_id=user.pk).exclude(state=ListImport.State.DISCARDED)
    return lists.order_by("-pk")


def list_in_charge(user: User | AnonymousUser, list_id: int) -> ListImport:
    """One of them, else ``ListImport.DoesNotExist``."""
    return lists_in_charge(user).get(pk=list_id)


def judge_kept_list(sent: ListImport, user: User | AnonymousUser) -> list[RowVerdict[UnionLine]]:
    """The verdicts on a list by what ``user`` runs today; of one that was let go, none."""
    if not sent.content:
        return []
    content = base64.b64decode(sent.content)
    return judge_union_list(content, name=sent.file_name, within=in_charge_of(user))


def annotated_list(sent: ListImport, user: User | AnonymousUser) -> bytes | None:
    """The sender's own table with the reasons beside its rows; of one that was let go, none."""
    if not sent.content:
        return None
    notes = {
        (one.sheet, one.row): "\n".join(
            _("{what}。{why}。{next}。").format(**explained(reason, REASONS)._asdict())
            for reason in one.reasons
        )
        for one in judge_kept_list(sent, user)
        if one.verdict == Verdict.REJECTED
    }
    content = base64.b64decode(sent.content)
    return annotated(content, name=sent.file_name, notes=notes, heading=_("要改的地方"))


def judge_union_list(
    content: bytes,
    *,
    name: str,
    within: QuerySet[Union] | None = None,
    as_of: dt.date | None = None,
) -> list[RowVerdict[UnionLine]]:
    """The verdict on every row; ``within`` bounds the part of the tree that may grow.

    ``as_of`` is today when no day is named. Raises ``UnreadableFile``. Nothing is written.
    """
    unions = Union.objects.all() if within is None else within
    known = unions.filter(level__lt=Union.Level.BRANCH).values_list("name", flat=True)
    as_of = as_of or timezone.localdate()
    tops = None if within is None else set(unions.filter(depth=1).values_list("name", flat=True))
    try:
        sheets = read_workbook(content, name=name)
        return read_union_list(sheets, known=set(known), tops=tops, as_of=as_of)
    except NoHeaderError as error:
        raise UnreadableFile("no_header", columns=error.missing) from error


def in_tree(
    lines: Sequence[UnionLine], *, within: QuerySet[Union] | None = None
) -> dict[tuple[str, str], Union]:
    """(parent's name, name) -> the union of that place, for the places that the lines name."""
    names = {line.name for line in lines} | {line.parent for line in lines}
    unions = list((Union.objects.all() if within is None else within).filter(name__in=names))
    by_path = {union.path: union for union in Union.objects.filter(path__in=_parent_paths(unions))}
    return {(_parent_name(union, by_path), union.name): union for union in unions}


def _parent_paths(unions: Sequence[Union]) -> set[str]:
    return {union.path[: -Union.steplen] for union in unions if union.depth > 1}


def _parent_name(union: Union, by_path: dict[str, Union]) -> str:
    return by_path[union.path[: -Union.steplen]].name if union.depth > 1 else ""


_HOLDINGS = {
    "国有控股": Union.Holding.STATE,
    "集体控股": Union.Holding.COLLECTIVE,
    "私人控股": Union.Holding.PRIVATE,
    "港澳台商控股": Union.Holding.HK_MACAO_TAIWAN,
    "外商控股": Union.Holding.FOREIGN,
    "其他": Union.Holding.OTHER,
}


def union_columns(line: UnionLine) -> dict[str, object]:
    """What the line says of the union; what it leaves blank is left alone."""
    said = {
        "level": line.level,
        "uscc": line.uscc,
        "employer": line.employer[:120],
        "ownership": line.ownership[:40],
        "holding": _HOLDINGS.get(line.holding, Union.Holding.OTHER if line.holding else ""),
        "industry_section": line.section,
        "industry_division": line.division,
        "workers": line.workers,
        "members_reported": line.members,
        "women_workers": line.women,
        "migrant_workers": line.migrants,
        "founded_on": line.founded_on,
        "term_years": line.term_years,
        "term_ends_on": line.term_ends_on,
        "chair": line.chair[:80],
        "chair_phone": line.chair_phone,
        "pilot": line.pilot,
        "remark": line.remark[:200],
    }
    return {column: value for column, value in said.items() if value not in {None, ""}}


@dataclass(frozen=True)
class Change:
    """One column of a union that a list states otherwise, in the reader's words."""

    label: str
    old: str
    new: str


def changes_of(line: UnionLine, known: Union) -> list[Change]:
    """What taking the line in would change."""
    new = Union(**union_columns(line))
    changed = [
        column for column, value in union_columns(line).items() if getattr(known, column) != value
    ]
    return [
        Change(
            str(Union._meta.get_field(column).verbose_name),
            _said(known, column),
            _said(new, column),
        )
        for column in changed
    ]


def _said(union: Union, column: str) -> str:
    """The value of a column as a person reads it; the chair's number is shown in part."""
    value = getattr(union, column)
    if value in {None, ""}:
        return _("空")
    if column == "chair_phone":
        return masked_phone(value)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    shown = getattr(union, f"get_{column}_display", None)
    return str(shown() if shown else value)


def union_effect(line: UnionLine, known: Union | None) -> str:
    """One of ``EFFECTS``: what taking the line in would do."""
    if known is None:
        return "founded"
    return "updated" if changes_of(line, known) else "unchanged"


@dataclass(frozen=True)
class Compared:
    """A row held against the tree; ``effect`` is empty for a row that would not be taken in."""

    verdict: RowVerdict[UnionLine]
    effect: str = ""
    changes: Sequence[Change] = ()


def compare_list(
    verdicts: Sequence[RowVerdict[UnionLine]], *, within: QuerySet[Union] | None = None
) -> list[Compared]:
    """What taking each row in would do to the tree as it is now."""
    known = in_tree([one.values for one in verdicts if one.values], within=within)
    return [_compared(one, known) for one in verdicts]


def _compared(verdict: RowVerdict[UnionLine], known: dict[tuple[str, str], Union]) -> Compared:
    line = verdict.values
    if not line:
        return Compared(verdict)
    there = known.get((line.parent, line.name))
    return Compared(verdict, union_effect(line, there), changes_of(line, there) if there else ())
