"""She asks to join, the union answers within a working day, and she is on its roll."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.clock import now_in_database
from unionhall.base.encryption import blind_index
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.domain.enrolment.models import Application
from unionhall.domain.enrolment.queries import standing_for
from unionhall.domain.enrolment.stages import JOINING
from unionhall.kernel.casework import actions as casework
from unionhall.kernel.notify import actions as notify
from unionhall.people.accounts import actions as accounts
from unionhall.people.members import actions as roll
from unionhall.people.members.models import ID_NUMBER, Member
from unionhall.people.members.queries import member_of, union_of
from unionhall.people.members.queries.identity import (
    Found,
    judged_identity,
    told_by_number,
    with_number,
)

if TYPE_CHECKING:
    from unionhall.kernel.casework.actions import Paper
    from unionhall.people.accounts.models import User
    from unionhall.people.unions.models import Union

A_DAY = dt.timedelta(days=1)
TRIES_A_DAY = 5  # to say who one is: numbers are not to be guessed

Situation = Application.Situation


class OnTheRoll(Refused):
    """She knows name and number of somebody who is a member: most likely she is one, and only has to bind her login."""

    code = "on_a_roll"

    def __init__(self, found: Found) -> None:
        self.found = found
        super().__init__(
            _("不用再入会。"),
            why=_("名册上已经有你，姓名和证件号码都对得上。"),
            next=_("把现在登录的手机和名册核对上。"),
        )


def apply_to_join(
    user: User,
    *,
    union: Union,
    situation: str,
    said: Mapping[str, str],
    employer: str = "",
    occupation: str = "",
) -> Application:
    """Her application to ``union``; ``said``: name, id_kind, id_number as on her document.

    Raises ``OnTheRoll``, ``AlreadyOpen``, and ``Refused`` for a member and after ``TRIES_A_DAY``.
    """
    member = member_of(user)
    if member and union_of(member):
        raise _is_a_member()
    found = _held_against_the_roll(user, said)
    if found in {Found.HERS, Found.OTHER_PHONE, Found.OTHER_LOGIN}:
        raise OnTheRoll(found)
    return _apply(
        said, union=union, by=user, applicant=user, about=f"user:{user.pk}",
        situation=situation, employer=employer, occupation=occupation,
    )  # fmt: skip


@transaction.atomic
def _held_against_the_roll(user: User, said: Mapping[str, str]) -> Found:
    """Counted even where the application is refused for it: numbers are not to be guessed."""
    now = now_in_database()
    key = f"identity:{user.pk}:{now:%Y-%m-%d}"
    if not accounts.count_one(key, most=TRIES_A_DAY, until=now + A_DAY):
        raise Refused(
            _("今天不能再申请了。"),
            why=_("一天最多核对 {n} 次，免得有人拿号码来试。").format(n=TRIES_A_DAY),
            next=_("明天再来；急的话，带上证件去工会，当面就能办。"),
            code="too_many_identities",
        )
    return judged_identity(user, name=said["name"], id_number=said["id_number"])[0]


def apply_at_desk(
    *,
    union: Union,
    situation: str,
    said: Mapping[str, str],
    by: User,
    employer: str = "",
    occupation: str = "",
    phone: str = "",
) -> Application:
    """``by``, an officer, asks for somebody who stands before her and has no phone to ask with."""
    about = f"desk:{blind_index(said['id_number'], purpose=ID_NUMBER)}"
    return _apply(
        said, union=union, by=by, about=about, situation=situation, employer=employer,
        occupation=occupation, phone=phone or None,
    )  # fmt: skip


@transaction.atomic
def _apply(
    said: Mapping[str, str],
    *,
    union: Union,
    by: User,
    about: str,
    applicant: User | None = None,
    **row: str | None,
) -> Application:
    title = _("{name}申请入会").format(name=said["name"])
    case = casework.open_case(
        JOINING, title=title, union=union, by=by, applicant=applicant, about=about
    )
    return Application.objects.create(case=case, **_identity(said), **row)


def _identity(said: Mapping[str, str]) -> dict[str, str]:
    number = said["id_number"]
    return {
        "name": said["name"],
        "id_kind": said["id_kind"],
        "id_number": number,
        "id_index": blind_index(number, purpose=ID_NUMBER),
    }


@transaction.atomic
def accept(
    application: Application,
    *,
    by: User,
    union: Union | None = None,
    text: str = "",
    made_sure: bool = False,
) -> Member:
    """She is a member of ``union``, of the case's if none is named, from today on, and her login is hers.

    Raises ``Refused`` where somebody else answered first, where the roll has her number already, or where she comes back with
    another login and ``by`` did not make sure that it is she (``made_sure``).
    """
    case = application.case
    casework.advance(case, to="accepted", by=by, text=text)
    member = _entered(application, union or standing_for(case.union), by=by)
    if case.applicant:
        former = roll.give_login(member, user=case.applicant, by=by, may_replace=made_sure)
        if former:
            _tell_former_login(case.applicant, former)
    Application.objects.filter(pk=application.pk).update(member=member)
    application.member = member
    return member


def _tell_former_login(user: User, former: int) -> None:
    """Whoever signed in as her until now hears of it, by the phone that she has had."""
    known = type(user).objects.filter(pk=former, is_active=True).first()
    if known:
        notify.text(known.phone, "enrolment/login_replaced", within=A_DAY)


def _entered(application: Application, union: Union, *, by: User) -> Member:
    """On the roll: as a new person, or again as the one who left."""
    member = with_number(application.id_number)
    if member is None:
        return _admitted(application, union, by=by)
    if member.name != application.name:
        raise Refused(
            _("没有入会。"),
            why=_("名册上这个证件号码是另一个名字。"),
            next=_("和她核对证件：号码写错了，请她补充；名册上错了，先更正名册。"),
            code="number_of_another",
        )
    roll.admit_again(member, union=union, by=by)
    return member


def _admitted(application: Application, union: Union, *, by: User) -> Member:
    applicant, kind, number = application.case.applicant, application.id_kind, application.id_number
    new_form = application.situation == Situation.NEW_FORM
    try:
        with transaction.atomic():
            return roll.admit(
                application.name,
                union=union,
                id_kind=kind,
                id_number=number,
                phone=applicant.phone if applicant else application.phone or "",
                joined_on=timezone.localdate(),
                by=by,
                employment=Member.Employment.NEW_FORM if new_form else "",
                **told_by_number(kind, number),
            )
    except IntegrityError as error:
        raise Refused(
            _("没有入会。"),
            why=_("刚才另有人把这个证件号码登记上了。"),
            next=_("刷新看看名册上是谁。"),
            code="number_taken",
        ) from error


def accept_all(
    applications: Iterable[Application], *, by: User
) -> tuple[list[Member], list[tuple[Application, Refused]]]:
    """Each for herself: whom the roll does not let in is told with the reason, and holds up nobody."""
    entered, left = [], []
    for one in applications:
        try:
            entered.append(accept(one, by=by))
        except Refused as refusal:
            left.append((one, refusal))
    return entered, left


@transaction.atomic
def decline(application: Application, *, by: User, text: str) -> None:
    """She is not of this union, or is not who she says; the reason goes to her."""
    casework.demand_reason(text)
    casework.advance(application.case, to="declined", by=by, text=text)


@transaction.atomic
def send_back(application: Application, *, by: User, text: str) -> None:
    """Something is missing, or not right; it says what."""
    casework.demand_reason(text)
    casework.advance(application.case, to="sent_back", by=by, text=text)


@transaction.atomic
def found_first(application: Application, *, by: User, text: str) -> None:
    """The union above helps her firm to found its own first; she waits for that, and reads how it goes."""
    if application.situation != Situation.NONE:
        raise Refused(
            _("没有记下。"),
            why=_("只有单位还没有工会的，才要先建会。"),
            next=_("直接同意入会，或者转给别的工会。"),
            code="nothing_to_found",
        )
    casework.demand_reason(text)
    casework.advance(application.case, to="founding", by=by, text=text)


def answer(
    application: Application,
    *,
    said: Mapping[str, str],
    by: User,
    text: str,
    papers: Sequence[Paper] = (),
) -> None:
    """She adds what was missing and says once more who she is; the union goes on, and its day begins anew.

    Somebody else than before is held against the roll as at the beginning; raises ``OnTheRoll``.
    """
    before = (application.name, application.id_number)
    if (said["name"], said["id_number"]) != before:
        found = _held_against_the_roll(by, said)
        if found in {Found.HERS, Found.OTHER_PHONE, Found.OTHER_LOGIN}:
            raise OnTheRoll(found)
    _answer(application, said=said, by=by, text=text, papers=papers)


@transaction.atomic
def _answer(
    application: Application,
    *,
    said: Mapping[str, str],
    by: User,
    text: str,
    papers: Sequence[Paper],
) -> None:
    casework.advance(application.case, to="asked", by=by)
    columns = _identity(said)
    Application.objects.filter(pk=application.pk).update(**columns)
    for name, value in columns.items():
        setattr(application, name, value)
    casework.add_note(application.case, text=text, by=by, papers=papers, is_shown=True)


@transaction.atomic
def unmask(application: Application, *, by: User) -> str:
    """The number of her document in clear; who looked is on the ledger."""
    case = application.case
    ledger.record("enrolment.number_unmasked", case, by=by, union_id=case.union_id)
    return application.id_number


def _is_a_member() -> Refused:
    return Refused(
        _("不用再入会。"),
        why=_("你现在就是会员，一个人同时只在一个工会。"),
        next=_("换了单位，办转会。"),
        code="is_a_member",
    )
