"""Applications and changes as those see them who asked, and the officers who answer; which unions may be asked."""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import TYPE_CHECKING

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from unionhall.base.written_text import without_invisible
from unionhall.domain.enrolment.models import Application, Transfer
from unionhall.domain.enrolment.stages import CHANGES, JOINING, LEAVING, TRANSFER
from unionhall.kernel.casework.queries import (
    NoSuchCase,
    case_in_charge,
    case_of,
    cases_of,
    open_cases_of_kind,
)
from unionhall.people.members.models import Member, TransferRequest
from unionhall.people.members.queries import union_of
from unionhall.people.members.queries.identity import with_number
from unionhall.people.members.rules import masked_id, masked_phone
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import in_charge_of, open_in_charge_of, under, with_parents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import AnonymousUser

    from unionhall.kernel.casework.models import Case
    from unionhall.people.accounts.models import User

SHOWN = 12  # unions of employers, of which one is tapped: nothing to scroll
STREETS_SHOWN = 40  # a district has two to four dozen; their names are short
ENDINGS = ("总工会", "工会联合会", "工会委员会", "联合工会", "工会")
PATIENCE = dt.timedelta(days=7)  # for a term of one working day that nobody could count

Situation = Application.Situation

# == Applications ==


def application_of(user: User | AnonymousUser, case_id: int) -> Application:
    """One that she made; else ``NoSuchCase``."""
    return _application(case_of(user, case_id, kind=JOINING.kind))


def application_in_charge(user: User | AnonymousUser, case_id: int) -> Application:
    """One to a union that ``user`` runs; else ``NoSuchCase``."""
    return _application(case_in_charge(user, case_id, kind=JOINING.kind))


def _application(case: Case) -> Application:
    application = Application.objects.select_related("member").get(case=case)
    application.case = case
    return application


def applications_in_charge(user: User | AnonymousUser) -> QuerySet[Application]:
    """Those to the unions that ``user`` runs: the open ones first, and of them what is due first."""
    found = Application.objects.filter(case__union__in=in_charge_of(user).values("pk"))
    return found.select_related("case__union", "case__applicant", "member").order_by(
        F("case__closed_at").desc(nulls_first=True), F("case__due_on").asc(nulls_last=True), "pk"
    )


def open_application_of(user: User) -> Case | None:
    """Hers that is not answered yet."""
    return cases_of(user).filter(kind=JOINING.kind, closed_at=None).first()


def shown(application: Application) -> list[tuple[str, str]]:
    """What she said, as pairs for a page: label and value, numbers masked."""
    said = [
        (_("姓名"), application.name),
        (_("证件"), str(application.get_id_kind_display())),
        (_("证件号码"), masked_id(application.id_number)),
        (
            _("在哪里上班"),
            application.get_occupation_display() or application.get_situation_display(),
        ),
        (_("单位"), application.employer),
        (_("手机号"), masked_phone(application.phone or "")),
    ]
    return [(label, value) for label, value in said if value]


class OnRoll(Enum):
    """What the rolls say of a number; of rolls that an officer does not run no more than that they have it."""

    NOBODY = "nobody"
    LEFT = "left"  # was a member, and is none now
    HERE = "here"  # a member of a union that the officer runs
    ELSEWHERE = "elsewhere"


def replaces_a_login(application: Application) -> bool:
    """Whether a yes would take a login from whoever the roll has under the number."""
    applicant, member = application.case.applicant_id, with_number(application.id_number)
    return bool(applicant and member and member.user_id not in {None, applicant})


def number_on_roll(application: Application, by: User) -> tuple[OnRoll, Member | None]:
    """Whom the roll has under the number; the person herself only where ``by`` may see her."""
    member = with_number(application.id_number)
    if member is None:
        return OnRoll.NOBODY, None
    union = union_of(member)
    if union is None:
        return OnRoll.LEFT, None
    if in_charge_of(by).filter(pk=union.pk).exists():
        return OnRoll.HERE, member
    return OnRoll.ELSEWHERE, None


# == Changes of a membership ==


def change_of(user: User | AnonymousUser, case_id: int) -> Case:
    """A transfer, a leaving or a retirement that she asked for; else ``NoSuchCase``."""
    return _change(case_of(user, case_id))


def change_in_charge(user: User | AnonymousUser, case_id: int) -> Case:
    """One that a union which ``user`` runs answers; else ``NoSuchCase``."""
    return _change(case_in_charge(user, case_id))


def _change(case: Case) -> Case:
    if case.kind not in {one.kind for one in CHANGES}:
        raise NoSuchCase
    return case


def transfer_of(case: Case) -> Transfer:
    """What belongs to a case of that kind; else ``NoSuchCase``."""
    if case.kind != TRANSFER.kind:
        raise NoSuchCase
    transfer = Transfer.objects.select_related("request").get(case=case)
    transfer.case = case
    return transfer


def transfers_answered() -> QuerySet[Transfer, int]:
    """Ids of cases that wait for an old union which has answered, or whose request is gone."""
    waiting = Transfer.objects.filter(case__stage="waiting", case__closed_at=None)
    answered = waiting.filter(Q(request=None) | ~Q(request__state=TransferRequest.State.ASKED))
    return answered.order_by("pk").values_list("pk", flat=True)


def leaving_over_due(today: dt.date, *, now: dt.datetime) -> QuerySet[Case, int]:
    """Ids of cases in which somebody wants to leave, behind the day by which her union had to note it."""
    uncounted = Q(due_unknown=True, stage_at__lt=now - PATIENCE)
    over = open_cases_of_kind(LEAVING).filter(Q(due_on__lt=today) | uncounted)
    return over.order_by("pk").values_list("pk", flat=True)


def case_to_end(case_id: int) -> Case:
    """One of them, still open; else ``NoSuchCase``."""
    return (
        open_cases_of_kind(LEAVING).select_related("union", "applicant", "member").get(pk=case_id)
    )


# == Which union ==


def unions_with_members() -> QuerySet[Union]:
    """Those of employers, in the order of the tree."""
    employers = Union.objects.filter(level__gte=Union.Level.GRASSROOTS, closed_on=None)
    return employers.order_by("path")


def local_unions() -> QuerySet[Union]:
    """Those of streets, which take whoever has no employer's union; of a tree without any, the district's."""
    there = Union.objects.filter(closed_on=None)
    streets = there.filter(level=Union.Level.STREET)
    found = streets if streets.exists() else there.filter(level=Union.Level.DISTRICT)
    return found.order_by("path")


def unions_for(situation: str) -> QuerySet[Union]:
    """Whom somebody in this situation may ask; a courier a union of couriers, too."""
    if situation == Situation.UNION:
        return unions_with_members()
    if situation == Situation.NONE:
        return local_unions()
    return (local_unions() | unions_with_members()).order_by("path")


def named(unions: QuerySet[Union], text: str) -> QuerySet[Union]:
    """With this in their own or in their employer's name."""
    return unions.filter(Q(name__icontains=text) | Q(employer__icontains=text))


def choices_for(situation: str, text: str) -> list[Union] | None:
    """A few to tap; ``None`` where they are too many and nothing was asked for yet."""
    text = without_invisible(text).strip()
    of_firm = situation == Situation.UNION
    near, shown_most = (
        (unions_with_members(), SHOWN) if of_firm else (local_unions(), STREETS_SHOWN)
    )
    found = list((named(near, text) if text else near)[: shown_most + 1])
    if len(found) > shown_most and not text:
        return None
    return found[:shown_most]


def short_names(unions: Sequence[Union]) -> list[str]:
    """What tells streets apart: without their district's name, and what every union ends in. One statement."""
    return [_short(one) for one in with_parents(unions)]


def _short(union: Union) -> str:
    name: str = union.name
    begin = _without_ending(union.above.name) if union.above else ""
    return _without_ending(name.removeprefix(begin)) or name


def _without_ending(name: str) -> str:
    return next((name.removesuffix(one) for one in ENDINGS if name.endswith(one)), name)


def unions_to_go_to(here: Union | None) -> QuerySet[Union]:
    """Where a member may be transferred to."""
    unions = unions_for(Situation.NEW_FORM)
    return unions.exclude(pk=here.pk) if here else unions


def standing_for(union: Union) -> Union:
    """``union`` itself; or, since it was closed, whoever took over. A case goes along with the row of its union."""
    while union.closed_on:
        union = union.successor
    return union


def unions_to_enter(user: User, application: Application) -> QuerySet[Union]:
    """Into which ``user`` may take her: the one she asked first, then those below it."""
    below = under(standing_for(application.case.union))
    return (below & open_in_charge_of(user)).order_by("path")
