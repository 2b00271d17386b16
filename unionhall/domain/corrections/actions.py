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
from unionhall.people.members.queries import member_of, union_of
from unionhall.people.members.queries.identity import Found, judged_identity
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import offices_of

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


@transaction.atomic
def change_phone(
    member: Member, *, phone: str, by: User, saw_her: bool = False, joins: bool = False
) -> None:
    """She stands at the desk and signs in with ``phone`` (11 digits) from now on; the former number is told.

    Where that number has a login of its own, hers as well, ``joins`` makes the two one: it becomes hers, the former is left
    behind. Raises ``Refused``: not seen, an officer's login, a login of somebody else, two logins and no yes to join them.
    """
    _demand_in_charge(by, member)
    former = _login_to_change(member, saw_her=saw_her)
    other = User.objects.with_phone(phone).exclude(pk=former.pk).first()
    told = former.phone
    if phone == told:
        raise _is_hers_already()
    if other is None:
        accounts.change_phone(former, phone, by=by)
        roll.correct(member, by=by, phone=phone)
    elif not joins and member_of(other) is None:
        raise _two_logins()
    else:
        roll.give_login(member, user=other, by=by, may_replace=True)
        accounts.leave_behind(former, by=by)
    notify.text(told, "corrections/phone_changed", within=A_DAY)


def _login_to_change(member: Member, *, saw_her: bool) -> User:
    """Hers, if it may be changed at this desk: a desk is no way into that of another officer."""
    user = member.user
    if user is None:
        raise Refused(
            _("没有换。"),
            why=_("她还没有登录过。"),
            next=_("先更正名册上的手机号，再请她用那个号码登录。"),
            code="no_login",
        )
    if user.is_staff or offices_of(user).exists():
        raise Refused(
            _("没有换。"),
            why=_("她担任着职务，换她的手机就能进她的工作台。"),
            next=_("请上级工会先办交接，换好以后再任命。"),
            code="login_of_an_officer",
        )
    if not saw_her:
        raise Refused(
            _("没有换。"),
            why=_("要她本人在场：换了以后，拿着新号码的人就是她。"),
            next=_("看她本人和证件，勾上那一项，再换。"),
            code="not_seen",
        )
    return user


def _is_hers_already() -> Refused:
    return Refused(
        _("没有换。"),
        why=_("她现在就是用这个号码登录的。"),
        next=_("和她再核对一遍新号码。"),
        code="same_phone",
    )


def _two_logins() -> Refused:
    return Refused(
        _("没有换。"),
        why=_("这个号码已经有一个登录，没有连着名册上的人。一个人只用一个登录。"),
        next=_(
            "问她是不是自己登录过。是，就勾上“合成一个”：以后用这个号码的登录，原来的不再是她的。不是，换一个号码。"
        ),
        code="two_logins",
    )


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
    casework.demand_reason(text)
    casework.advance(correction.case, to="declined", by=by, text=text)


@transaction.atomic
def send_back(correction: Correction, *, by: User, text: str) -> None:
    """Something is missing; it says what."""
    casework.demand_reason(text)
    casework.advance(correction.case, to="sent_back", by=by, text=text)


@transaction.atomic
def answer(correction: Correction, *, by: User, text: str, papers: Sequence[Paper] = ()) -> None:
    """She adds what was missing: the union goes on, and its days begin anew."""
    casework.advance(correction.case, to="asked", by=by)
    casework.add_note(correction.case, text=text, by=by, papers=papers, is_shown=True)


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
