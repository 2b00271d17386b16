"""The deeds of which every call to the database fails in turn, each on somebody new."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from faults.stage import a_bank, a_contest, a_member
from unionhall.base.chinese_ids import made_up_id
from unionhall.base.clock import now_in_database
from unionhall.domain.quiz import actions as quiz
from unionhall.domain.quiz.models import Attempt, Contest
from unionhall.domain.welfare import actions as welfare
from unionhall.domain.welfare.models import Merchant, Redemption, Replacement, VoucherOffer
from unionhall.domain.welfare.queries import known
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.allotment.models import Claim, Pool
from unionhall.kernel.audience.rules import EVERYBODY
from unionhall.people.accounts.models import User
from unionhall.people.members import actions as members
from unionhall.people.members.models import Member, Membership, RollImport
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Office, Union

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
        tree.appoint(self.officer, union=self.top, role=Office.Role.OFFICER)
        self.pool: Pool = allotment.open_pool(label="蛋糕券", capacity=MANY)
        self.contest: Contest = a_contest(self.union, a_bank(self.union), prizes=self.pool)
        self.shop = self._shop()
        self.clerk = welfare.appoint_clerk("19922222222", merchant=self.shop, by=self.officer)
        self.giveaway = self._giveaway()

    def _shop(self) -> Merchant:
        shop = welfare.register_merchant(
            by=self.officer, union=self.union, name="面包坊", address="云桥路 8 号"
        )
        welfare.open_offer(
            by=self.officer, union=self.union, merchant=shop, title="蛋糕券", face_value=8000,
            terms="", pool=self.pool,
        )  # fmt: skip
        return shop

    def _giveaway(self) -> VoucherOffer:
        now, day = now_in_database(), dt.timedelta(days=1)
        return welfare.open_giveaway(
            by=self.officer, union=self.union, merchant=self.shop, title="面包券", face_value=3000,
            terms="", capacity=MANY, opens_at=now - day, closes_at=now + day, audience=EVERYBODY,
            valid_days=30,
        )  # fmt: skip

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


def claim_offer(place: Place) -> Deed:
    """A voucher of a giveaway, under the key of one request."""
    member, key, offer = place.somebody(), secrets.token_hex(16), known(place.giveaway.pk)
    assert offer is not None
    mine = Claim.objects.filter(member=member, pool=place.giveaway.pool)
    return Deed(
        lambda: welfare.claim_offer(offer, member=member, key=key),
        lambda: mine.count() == 1,
    )


def start(place: Place) -> Deed:
    """Her paper is drawn."""
    member = place.somebody()
    quiz.admit(place.contest, member)
    mine = Attempt.objects.filter(member=member)
    return Deed(
        lambda: quiz.start_attempt(place.contest, member),
        lambda: [len(one.slots) for one in mine.all()] == [1],
    )


def save_answer(place: Place) -> Deed:
    """The first answer to a question."""
    member = place.somebody()
    quiz.admit(place.contest, member)
    attempt = quiz.start_attempt(place.contest, member)
    kept = attempt.answers.filter(position=1, given=["true"])
    return Deed(lambda: quiz.save_answer(attempt, 1, ["true"], seq=0), lambda: kept.count() == 1)


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


def undo_redemption(place: Place) -> Deed:
    """A redeemed voucher is given back."""
    number = allotment.claim(place.pool.pk, member=place.somebody()).number
    done = welfare.redeem_voucher(number, clerk=place.clerk)
    back = Claim.objects.filter(number=number, state=Claim.State.HELD)
    return Deed(
        lambda: welfare.undo_redemption(done, by=place.officer, reason="按错了"), back.exists
    )


def replace_voucher(place: Place) -> Deed:
    """A new number for somebody who lost her phone."""
    claim = allotment.claim(place.pool.pk, member=place.somebody())
    numbers = Replacement.objects.filter(claim=claim)
    return Deed(
        lambda: welfare.replace_voucher(claim, by=place.officer, why="手机丢了", checked="工作证"),
        lambda: numbers.count() == 1 and not Claim.objects.filter(number=claim.number).exists(),
    )


def retire(place: Place) -> Deed:
    """She keeps her membership, and no vote."""
    member = place.somebody()
    kept = member.memberships.filter(left_on=None, standing=Membership.Standing.RETAINED)
    return Deed(lambda: members.retire(member, by=place.officer), lambda: kept.count() == 1)


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
    deed.__name__: deed
    for deed in (
        claim,
        claim_offer,
        start,
        save_answer,
        hand_in,
        redeem,
        undo_redemption,
        replace_voucher,
        retire,
        transfer,
        confirm_roll,
        take_in_next,
    )
}
