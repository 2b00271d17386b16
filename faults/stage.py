"""What the crowd finds: members who are signed in, and contests over pools with prizes for some."""

from __future__ import annotations

import datetime as dt
import secrets
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from faults.bed import Stage
from unionhall.base.chinese_ids import made_up_id
from unionhall.domain.quiz import actions as quiz
from unionhall.domain.quiz.models import Admission, Bank, Contest
from unionhall.kernel.allotment import actions as allotment
from unionhall.people.accounts.models import User
from unionhall.people.members import actions as roll
from unionhall.people.members.models import Member
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Union

BORN = dt.date(1990, 5, 20)
TRUE_ONES = "\n\n".join(f"第 {nth} 题：先关阀门，再通风。{{T}}" for nth in range(1, 6))
PER_POOL = 2  # contests that share one pool: their winners contend for its row


def staged(people: int, contests: int, prizes: int) -> Stage:
    """Everybody may sit each contest once; two contests have ``prizes`` between them."""
    union = tree.found("七号厂工会", parent=None, level=Union.Level.GRASSROOTS)
    crowd = [a_member(nth, union) for nth in range(people)]
    bank = a_bank(union)
    deeds: list[tuple[int, int]] = []
    for _pool in range(contests // PER_POOL):
        pool = allotment.open_pool(label="蛋糕券", capacity=prizes)
        pair = [a_contest(union, bank, prizes=pool) for _contest in range(PER_POOL)]
        Admission.objects.bulk_create(
            Admission(contest=one, member=member) for one in pair for member in crowd
        )
        deeds += [(one.pk, nth) for nth in range(people) for one in pair]
    return Stage([(member.pk, session_of(member)) for member in crowd], deeds)


def a_member(nth: int, union: Union) -> Member:
    """On the roll, with a login."""
    phone = f"199{nth:08}"
    return roll.admit(
        "周白露",
        union=union,
        id_kind=Member.IdKind.RESIDENT,
        id_number=made_up_id(born=BORN + dt.timedelta(days=nth), sequence=101),
        phone=phone,
        user=User.objects.create_user(phone, name="周白露"),
    )


def session_of(member: Member) -> str:
    """As signing in leaves it, whatever keeps sessions."""
    assert member.user is not None
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(member.user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = member.user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def a_bank(union: Union) -> Bank:
    """Sentences that are all true, so that whoever says so passes."""
    quiz.import_questions(
        TRUE_ONES.encode(), name="题.txt", union=union, bank_name="冬季用气安全", by=None
    )
    return Bank.objects.get(union=union)


def a_contest(union: Union, bank: Bank, **values: object) -> Contest:
    """One sentence, true or false, and half an hour."""
    fixed = {"draw": {"judge": [1, 10]}, "full_marks": 10, "pass_mark": 10, "minutes": 30}
    return Contest.objects.create(
        union=union, bank=bank, title=f"冬季用气安全 {secrets.token_hex(3)}",
        state=Contest.State.PUBLISHED, **fixed, **values,
    )  # fmt: skip
