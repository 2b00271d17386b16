from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Q, QuerySet
from django.template import Context
from django.template.loader import select_template
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base import lookups  # noqa: F401 — any_of
from unionhall.base.errors import Refused
from unionhall.people.accounts.models import User
from unionhall.people.unions.models import Office, Union
from unionhall.people.unions.rules.roles import GIVEN_BY_A_CHAIR, IN_CHARGE, STAFFING

if TYPE_CHECKING:
    from unionhall.base.ledger.models import Entry


def under(union: Union) -> QuerySet[Union]:
    """``union`` and all that stand below it, at any depth."""
    unions: QuerySet[Union] = Union.objects.filter(path__startswith=union.path)
    return unions


def offices_of(user: User | AnonymousUser, *, on: dt.date | None = None) -> QuerySet[Office]:
    """The offices that ``user`` holds on a day (today when none is named)."""
    if user.pk is None:
        return Office.objects.none()
    return in_office(on=on).filter(user_id=user.pk).select_related("union")


def in_office(*, on: dt.date | None = None) -> QuerySet[Office]:
    """The offices that hold on a day (today when none is named): not ended, nor past their last day."""
    day = on or timezone.localdate()
    return Office.objects.filter(
        Q(until_on=None) | Q(until_on__gt=day),
        Q(ends_on=None) | Q(ends_on__gte=day),
        since_on__lte=day,
    )


def charges_now() -> QuerySet[Office]:
    """Offices of today that are in charge, whoever holds them."""
    return in_office().filter(role__in=IN_CHARGE)


def charges_of(user: User | AnonymousUser) -> list[Office]:
    """The offices by which she runs unions, the highest first; of these the one that she looks at, if she chose one.

    ``looks_at`` is set for one request: an office of hers, or one below as which she looks. It only narrows.
    """
    held = list(offices_of(user).filter(role__in=IN_CHARGE).order_by("union__path"))
    look: Office | None = getattr(user, "looks_at", None)
    if look is None or not any(look.union.path.startswith(one.union.path) for one in held):
        return held
    return [look] if look.role in IN_CHARGE else []


def in_charge_of(user: User | AnonymousUser) -> QuerySet[Union]:
    """Every union in the subtrees that ``user`` runs; asked anew, for rights change at once."""
    paths = [office.union.path for office in charges_of(user)]
    unions: QuerySet[Union] = Union.objects.filter(standing_under(paths))
    return unions


def standing_under(paths: Iterable[str]) -> Q:
    """In one of these subtrees. Nothing at all adds no condition: beside one, no index of paths would serve."""
    return reduce(or_, (Q(path__startswith=path) for path in paths), Q(pk__in=()))


def tops_in_charge(user: User | AnonymousUser) -> list[Union]:
    """The unions of her own offices, the highest first."""
    return list(dict.fromkeys(office.union for office in charges_of(user)))


def is_officer(user: User | AnonymousUser) -> bool:
    """Whether ``user`` runs any union today."""
    if getattr(user, "looks_at", None):
        return bool(charges_of(user))
    return user.is_authenticated and offices_of(user).filter(role__in=IN_CHARGE).exists()


def has_role(user: User | AnonymousUser, role: str) -> bool:
    """Whether ``user`` holds this role anywhere today."""
    return user.is_authenticated and offices_of(user).filter(role=role).exists()


def union_in_charge(user: User | AnonymousUser, union_id: int) -> Union:
    """The union, if ``user`` runs it; else ``Union.DoesNotExist``, as if there were none."""
    union: Union = in_charge_of(user).select_related("successor").get(pk=union_id)
    return union


def chosen_union(user: User | AnonymousUser, asked: str) -> Union:
    """The union with the id in ``asked``; with nothing asked, the top of what ``user`` runs.

    ``Union.DoesNotExist`` where she does not run it.
    """
    tops = tops_in_charge(user)
    if not tops or (asked and not asked.isdecimal()):
        raise Union.DoesNotExist
    return union_in_charge(user, int(asked)) if asked else tops[0]


def may_reshape(user: User | AnonymousUser, union: Union) -> bool:
    """Whoever runs a union above it: the upper union approves (Trade Union Law 12, 13)."""
    above = [top.path for top in tops_in_charge(user)]
    return any(union.path != path and union.path.startswith(path) for path in above)


def parents_of(union: Union) -> QuerySet[Union]:
    """From the root down to the direct parent."""
    starts = range(Union.steplen, len(union.path), Union.steplen)
    paths = [union.path[:end] for end in starts]
    parents: QuerySet[Union] = Union.objects.filter(path__in=paths).order_by("path")
    return parents


def open_in_charge_of(user: User | AnonymousUser) -> QuerySet[Union]:
    """Those of ``in_charge_of`` into which something new may be put."""
    return in_charge_of(user).filter(closed_on=None)


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
    paths = {union.path[: -Union.steplen] for union in unions if union.depth > 1}
    by_path = {union.path: union for union in Union.objects.filter(path__any_of=paths)}
    for union in unions:
        union.above = by_path.get(union.path[: -Union.steplen])
    return unions


def staff_of(union: Union) -> QuerySet[Office]:
    """Who is and was in charge, those of today first."""
    newest = F("until_on").desc(nulls_first=True)
    offices = Office.objects.filter(union=union).select_related("user", "given_by")
    return offices.order_by(newest, "-since_on")


def offices_within(
    unions: QuerySet[Union], *, q: str = "", role: str = "", when: str = ""
) -> QuerySet[Office]:
    """Offices in these unions: of today, or ``when`` is ``past`` or ``all``; by union or by who, and by role."""
    offices = Office.objects.filter(union__in=unions)
    now = in_office().values("pk")
    if when != "all":
        offices = offices.exclude(pk__in=now) if when == "past" else offices.filter(pk__in=now)
    if q := q.strip():
        offices = offices.filter(Q(union__name__contains=q) | Q(user__name__contains=q))
    offices = offices.filter(role=role) if role else offices
    newest = F("until_on").desc(nulls_first=True)
    related = offices.select_related("user", "union", "given_by")
    return related.order_by("union__path", newest, "-since_on", "-pk")


def may_staff(user: User | AnonymousUser, union: Union) -> bool:
    """Whoever runs a union above it, and its own chair and deputies, may put people in charge of it."""
    return any(
        union.path.startswith(office.union.path)
        and (office.union.path != union.path or office.role in STAFFING)
        for office in charges_of(user)
    )


def may_give(user: User | AnonymousUser, union: Union, role: str) -> bool:
    """Whether ``user`` may give and end this role there.

    That of a chair is given from above or by a chair; those who watch are named by a chair, of that union or of one above.
    """
    over = [one for one in charges_of(user) if union.path.startswith(one.union.path)]
    is_chair = any(one.role == Office.Role.CHAIR for one in over)
    if role == Office.Role.CHAIR:
        return is_chair or any(one.union.path != union.path for one in over)
    return is_chair if role in GIVEN_BY_A_CHAIR else may_staff(user, union)


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
    if not may_give(user, office.union, office.role):
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
    worded = select_template(wording).template  # of Django's own engine
    return str(worded.render(Context(said, autoescape=False))).strip()  # text: the page escapes it


@dataclass(frozen=True)
class Scope:
    """The part of the tree that a list may speak of: all of it, or what stands below ``tops``."""

    tops: tuple[str, ...] | None = None  # paths, none of them below another

    def unions(self) -> QuerySet[Union]:
        """All of them that are not closed."""
        unions: QuerySet[Union] = Union.objects.filter(closed_on=None)
        if self.tops is None:
            return unions
        return unions.filter(standing_under(self.tops))

    def top_unions(self) -> list[Union]:
        """Those that stand highest in it."""
        highest = Q(depth=1) if self.tops is None else Q(path__in=self.tops)
        return list(Union.objects.filter(highest).order_by("path"))


def scope_of(user: User | None) -> Scope:
    """What ``user`` runs today; for the house itself, the whole tree."""
    if user is None:
        return Scope()
    tops: list[str] = []
    for union in tops_in_charge(user):  # the highest first
        if not any(union.path.startswith(top) for top in tops):
            tops.append(union.path)
    return Scope(tuple(tops))
