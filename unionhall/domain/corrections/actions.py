"""She asks, her union makes sure and answers; what is right then stands on the roll."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from unionhall.base.clock import now_in_database
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.domain.corrections.models import Correction
from unionhall.domain.corrections.queries import is_in_charge_of
from unionhall.domain.corrections.stages import CORRECTION
from unionhall.kernel.casework import actions as casework
from unionhall.kernel.casework.actions import Paper
from unionhall.kernel.notify import actions as notify
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.models import User
from unionhall.people.members import actions as roll
from unionhall.people.members.models import Member
from unionhall.people.members.queries import union_of
from unionhall.people.members.queries.identity import Found, judged_identity
from unionhall.people.unions.models import Union

A_DAY = dt.timedelta(days=1)
TRIES_A_DAY = 5  # to say who one is: numbers are not to be guessed

What = Correction.What


@transaction.atomic
def say_who_she_is(user: User, *, name: str, id_number: str) -> tuple[Found, Member | None]:
    """Hold it against the roll, a few times a day; where all fits, her login is bound at once.

    Raises ``Refused`` after ``TRIES_A_DAY``.
    """
    now = now_in_database()
    key = f"identity:{user.pk}:{now:%Y-%m-%d}"
    if not accounts.count_one(key, most=TRIES_A_DAY, until=now + A_DAY):
        raise Refused(
            _("今天不能再核对了。"),
            why=_("一天最多核对 {n} 次，免得有人拿号码来试。").format(n=TRIES_A_DAY),
            next=_("明天再来；急的话，带上证件去工会，当面就能改。"),
            code="too_many_identities",
        )
    found, member = judged_identity(user, name=name, id_number=id_number)
    if found is Found.HERS and member:
        roll.give_login(member, user=user, by=user)
    return found, member


@transaction.atomic
def ask_for_login(user: User, member: Member) -> Correction:
    """She has shown that she knows name and number; her union makes sure that it is she.

    Whoever signs in as her until now hears of it: it may be somebody else who asks.
    """
    union = _union_or_refused(member)
    title = _("{name}请求用现在的手机登录").format(name=member.name)
    asked = _ask(
        What.LOGIN,
        {"phone": user.phone},
        title=title,
        union=union,
        by=user,
        applicant=user,
        member=member,
    )
    if member.user_id:
        notify.send(member, "corrections/login_asked", channels=("inbox", "sms"))
    return asked


def ask_to_be_found(
    user: User,
    *,
    union: Union,
    said: Mapping[str, str],
    text: str = "",
    papers: Sequence[Paper] = (),
) -> Correction:
    """Nobody was found: the union that she names looks for her."""
    title = _("{name}说自己在名册上").format(name=said["name"])
    return _ask(
        What.IDENTITY,
        said,
        title=title,
        union=union,
        by=user,
        applicant=user,
        text=text,
        papers=papers,
    )


def ask_correction(
    member: Member,
    *,
    what: str,
    said: Mapping[str, str],
    by: User,
    text: str = "",
    papers: Sequence[Paper] = (),
) -> Correction:
    """Something of hers is wrong; ``by`` is she herself, or an officer who asks for her at the desk."""
    union = _union_or_refused(member)
    title = _("{name}更正{what}").format(name=member.name, what=What(what).label)
    return _ask(
        what, said, title=title, union=union, by=by, applicant=member.user, member=member, text=text, papers=papers
    )  # fmt: skip


def _union_or_refused(member: Member) -> Union:
    union = union_of(member)
    if union is None:
        raise Refused(
            _("没有提交。"),
            why=_("现在没有哪个工会的名册上有她。"),
            next=_("先申请入会。"),
            code="on_no_roll",
        )
    return union


@transaction.atomic
def _ask(
    what: str,
    said: Mapping[str, str],
    *,
    title: str,
    union: Union,
    by: User,
    applicant: User | None,
    member: Member | None = None,
    text: str = "",
    papers: Sequence[Paper] = (),
) -> Correction:
    is_hers = member and what != What.LOGIN  # else it is one claim beside others
    whose = f"member:{member.pk}" if member and is_hers else f"user:{by.pk}"
    case = casework.open_case(
        CORRECTION,
        title=title,
        union=union,
        by=by,
        applicant=applicant,
        member=member,
        about=f"{whose}:{what}",
        text=text,
        papers=papers,
    )
    return Correction.objects.create(
        case=case, what=what, said=json.dumps(dict(said), ensure_ascii=False)
    )


@transaction.atomic
def accept(
    correction: Correction,
    *,
    by: User,
    member: Member | None = None,
    text: str = "",
    made_sure: bool = False,
) -> None:
    """It is so: the roll says it from now on. ``member``: who she is, where that was the question.

    ``made_sure``: ``by`` says that she saw person and document, and that a former login loses what is hers; without it
    no login is replaced (``Refused``).
    """
    case, her = correction.case, member or correction.case.member
    casework.advance(case, to="done", by=by, text=text)
    if correction.what == What.OTHER:
        return
    if her is None:
        raise Refused(
            _("没有改。"),
            why=_("还没有选她是名册上的哪一位。"),
            next=_("从名单里选一位；一位都不是，就回绝，请她申请入会。"),
            code="nobody_chosen",
        )
    _demand_in_charge(by, her)
    if case.applicant and correction.what in {What.LOGIN, What.IDENTITY}:
        former = roll.give_login(her, user=case.applicant, by=by, may_replace=made_sure)
        if former:
            _tell_former_login(correction, User.objects.get(pk=former), by=by)
    else:
        roll.correct(her, by=by, **correction.columns)


def _tell_former_login(correction: Correction, former: User, *, by: User) -> None:
    """Whoever signed in as her until now hears of it, by the phone that she has had; who made sure is on the ledger."""
    case = correction.case
    ledger.record(
        "corrections.login_replaced", case, by=by, union_id=case.union_id, former=former.pk
    )
    if former.is_active:
        notify.text(former.phone, "corrections/login_replaced", within=A_DAY)


def _demand_in_charge(by: User, member: Member) -> None:
    """Nobody writes on another union's roll: she may have moved since she asked."""
    if not is_in_charge_of(by, member):
        raise Refused(
            _("没有改。"),
            why=_("她已经不在你管的名册上了。"),
            next=_("回绝，写明请她向现在的工会提出；两边都归你管的，把这件事转过去。"),
            code="moved_meanwhile",
        )


@transaction.atomic
def decline(correction: Correction, *, by: User, text: str) -> None:
    """It is not so, or cannot be shown; the reason goes to her."""
    _demand_reason(text)
    casework.advance(correction.case, to="declined", by=by, text=text)


@transaction.atomic
def send_back(correction: Correction, *, by: User, text: str) -> None:
    """Something is missing; it says what."""
    _demand_reason(text)
    casework.advance(correction.case, to="sent_back", by=by, text=text)


@transaction.atomic
def answer(correction: Correction, *, by: User, text: str, papers: Sequence[Paper] = ()) -> None:
    """She adds what was missing: the union goes on, and its days begin anew."""
    casework.advance(correction.case, to="asked", by=by)
    casework.add_note(correction.case, text=text, by=by, papers=papers, is_shown=True)


def _demand_reason(text: str) -> None:
    if not text.strip():
        raise Refused(
            _("没有记下。"),
            why=_("没有写原因。"),
            next=_("写一句为什么，她好知道怎么办。"),
            code="no_reason",
        )


@transaction.atomic
def unmask(correction: Correction, *, by: User) -> dict[str, str]:
    """What she said, in clear; who looked is on the ledger."""
    case = correction.case
    ledger.record("corrections.value_unmasked", case, by=by, union_id=case.union_id)
    return correction.columns


@transaction.atomic
def forget_old_sayings() -> int:
    """What she said is let go with the papers of its case: the roll has it, or her union said no long ago."""
    old = Correction.objects.filter(case__closed_at__lt=now_in_database() - casework.KEPT)
    return old.exclude(said=None).update(said=None)
