"""The deeds of which every call to the database fails in turn, each on somebody new."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from faults.stage import a_bank, a_contest, a_member
from unionhall.base.chinese_ids import made_up_id
from unionhall.domain.quiz import actions as quiz
from unionhall.domain.quiz.models import Attempt, Contest
from unionhall.domain.welfare import actions as welfare
from unionhall.domain.welfare.models import Clerk, Redemption
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.allotment.models import Claim, Pool
from unionhall.people.accounts.models import User
from unionhall.people.members import actions as members
from unionhall.people.members.models import Member, Membership, RollImport
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Union

MANY, ROWS = 1000, 6
BORN, AS_OF = dt.date(1960, 1, 1), dt.date(2026, 11, 20)


@dataclass(frozen=True)
class Deed:
    """``at_once``: it is one transaction, but for the table ``apart``. ``is_done``: and once."""

    do: Callable[[], object]
    is_done: Callable[[], bool]
    at_once: bool = True
    apart: str = ""


class Place:
    """Two unions, their officer, a contest, and a shop that takes what is won."""

    def __init__(self) -> None:
        self._nth = count(1)
        level = Union.Level.GRASSROOTS
        self.top = tree.found("云桥区总工会", parent=None, level=Union.Level.DISTRICT)
        self.union = tree.found("七号厂工会", parent=self.top, level=level)
        self.other = tree.found("二号港工会", parent=self.top, level=level)
        self.officer = User.objects.create_user("19911111111", name="何立夏")
        self.pool: Pool = allotment.open_pool(label="蛋糕券", capacity=MANY)
        self.contest: Contest = a_contest(self.union, a_bank(self.union), prizes=self.pool)
        self.clerk = self._shop()

    def _shop(self) -> Clerk:
        shop = welfare.register_merchant(
            by=self.officer, union=self.union, name="面包坊", address="云桥路 8 号"
        )
        welfare.open_offer(
            by=self.officer, union=self.union, merchant=shop, title="蛋糕券", face_value=8000,
            terms="", pool=self.pool,
        )  # fmt: skip
        return welfare.appoint_clerk("19922222222", merchant=shop, by=self.officer)

    def somebody(self) -> Member:
        """New on the roll."""
        return a_member(next(self._nth), self.union)

    def a_roll(self) -> RollImport:
        """Some people whom nobody knows yet, checked."""
        lines = ["姓名,证件类型,证件号码,所属工会"]
        for _row in range(ROWS):
            born = BORN + dt.timedelta(days=next(self._nth))
            lines.append(f"谷小满,居民身份证,{made_up_id(born=born, sequence=7)},{self.union.name}")
        roll = members.receive_roll(
            "\n".join(lines).encode(), name="名册.csv", union=self.top, by=None, as_of=AS_OF
        )
        members.check_waiting_rolls()
        return RollImport.objects.get(pk=roll.pk)


def claim(place: Place) -> Deed:
    """One of many things, for one member."""
    member, pool = place.somebody(), place.pool.pk
    mine = Claim.objects.filter(member=member)
    return Deed(lambda: allotment.claim(pool, member=member), lambda: mine.count() == 1)


def hand_in(place: Place) -> Deed:
    """A right answer; she passes and wins."""
    attempt = an_answered_attempt(place)
    done = Attempt.objects.filter(pk=attempt.pk, state="handed_in", prize__isnull=False)
    return Deed(lambda: quiz.hand_in(attempt), done.exists)


def an_answered_attempt(place: Place) -> Attempt:
    """Right, and not handed in."""
    member = place.somebody()
    quiz.admit(place.contest, member)
    attempt = quiz.start_attempt(place.contest, member)
    quiz.save_answer(attempt, 1, ["true"], seq=0)
    return attempt


def redeem(place: Place) -> Deed:
    """At the shop. Her tries are counted first, so that guesses cannot outrun the count."""
    number = allotment.claim(place.pool.pk, member=place.somebody()).number
    done = Redemption.objects.filter(claim__number=number)
    return Deed(
        lambda: welfare.redeem_voucher(number, clerk=place.clerk),
        lambda: done.count() == 1,
        apart="welfare_clerk",
    )


def transfer(place: Place) -> Deed:
    """To the other union."""
    member = place.somebody()
    there = Membership.objects.filter(member=member, union=place.other, left_on=None)
    return Deed(
        lambda: members.transfer(member, union=place.other, by=place.officer),
        lambda: there.count() == 1,
    )


def confirm_roll(place: Place) -> Deed:
    """The yes; nobody is taken in yet, and nobody by two of them."""
    roll = place.a_roll()
    said = RollImport.objects.filter(pk=roll.pk, state="running", batch_id__isnull=False)
    return Deed(lambda: members.confirm_roll(roll, by=place.officer), said.exists)


def take_in_next(place: Place) -> Deed:
    """A confirmed roll, batch after batch until there is none: several transactions."""
    roll = members.confirm_roll(place.a_roll(), by=place.officer)
    done = RollImport.objects.filter(pk=roll.pk, state="done")

    def do() -> None:
        while members.take_in_next(roll.pk, limit=ROWS // 2):
            continue

    def is_done() -> bool:
        return done.exists() and Member.objects.filter(batch_id=roll.batch_id).count() == ROWS

    return Deed(do, is_done, at_once=False)


DEEDS: dict[str, Callable[[Place], Deed]] = {
    deed.__name__: deed for deed in (claim, hand_in, redeem, transfer, confirm_roll, take_in_next)
}
