"""What a clerk's till asks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from unionhall.base.clock import now_in_database
from unionhall.domain.welfare import rules
from unionhall.domain.welfare.models import Clerk, Merchant, Redemption, Replacement, VoucherOffer
from unionhall.kernel.allotment.queries import claim_with
from unionhall.people.members.rules.masks import masked_name

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from unionhall.kernel.allotment.models import Claim
    from unionhall.people.accounts.models import User
    from unionhall.people.members.models import Member


@dataclass(frozen=True)
class Customer:
    """What a clerk may see of the person before her: enough to compare with a card or a phone."""

    name: str  # masked
    phone_tail: str  # four digits, or nothing when the roll has no phone
    id_tail: str  # the last character


def customer_of(member: Member) -> Customer:
    """Masked: the voucher is in a real name, and the clerk compares the ends."""
    return Customer(masked_name(member.name), (member.phone or "")[-4:], member.id_number[-1:])


def clerk_of(user: User | AnonymousUser) -> Clerk | None:
    """Where ``user`` stands at a till today."""
    if not user.is_authenticated:
        return None
    return (
        Clerk.objects.filter(user_id=user.pk, dismissed_at=None)
        .select_related("merchant", "user")
        .first()
    )


def posts_now() -> QuerySet[Clerk]:
    """Posts at a till that have not ended, whoever holds them."""
    return Clerk.objects.filter(dismissed_at=None)


def voucher_with(number: str) -> tuple[Claim, VoucherOffer] | None:
    """The voucher of this number; ``None`` also for a claim that is none, such as a seat."""
    claim = claim_with(number)
    if claim is None:
        return None
    offer = (
        VoucherOffer.objects.select_related("merchant", "union")
        .filter(pool_id=claim.pool_id)
        .first()
    )
    return None if offer is None else (claim, offer)


def replacement_of(number: str) -> Replacement | None:
    """What became of a number that is no voucher's any longer."""
    return Replacement.objects.filter(former_number=number).first()


def redemption_of(claim: Claim) -> Redemption | None:
    """The live redemption of a voucher."""
    return Redemption.objects.live().filter(claim=claim).select_related("merchant", "clerk").first()


def redemption_at(merchant: Merchant, redemption_id: int) -> Redemption | None:
    """A redemption of this shop; ``None`` for another's, as if there were none."""
    return redemptions_at(merchant).filter(pk=redemption_id).first()


def may_be_undone(redemption: Redemption) -> bool:
    """Whether a manager may still undo it, by the database's clock."""
    return redemption.undone_at is None and rules.may_be_undone(redemption.at, now_in_database())


def redemptions_at(merchant: Merchant, day: dt.date | None = None) -> QuerySet[Redemption]:
    """What the shop redeemed (on one day), newest first."""
    rows = Redemption.objects.filter(merchant=merchant)
    if day:
        rows = rows.filter(at__range=bounds(day, day))
    return rows.select_related(
        "claim__member", "claim__pool__offer", "merchant", "clerk", "undone_by"
    ).order_by("-at", "-pk")


def bounds(first: dt.date, last: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """From the first moment of ``first`` to the last of ``last``, local time."""
    zone = timezone.get_current_timezone()
    return (
        dt.datetime.combine(first, dt.time.min, tzinfo=zone),
        dt.datetime.combine(last, dt.time.max, tzinfo=zone),
    )


@dataclass(frozen=True)
class Line:
    """What one kind of voucher comes to."""

    title: str
    count: int
    cents: int

    @property
    def yuan(self) -> str:
        """Its value in yuan."""
        return rules.yuan(self.cents)


@dataclass(frozen=True)
class Total:
    """What a shop redeemed: live redemptions only."""

    lines: list[Line]

    @property
    def count(self) -> int:
        """How many vouchers."""
        return sum(line.count for line in self.lines)

    @property
    def cents(self) -> int:
        """What they are worth together."""
        return sum(line.cents for line in self.lines)

    @property
    def yuan(self) -> str:
        """The same in yuan."""
        return rules.yuan(self.cents)


def days_total(merchant: Merchant, day: dt.date) -> Total:
    """Count and value per offer that the shop redeemed on a day and that was not undone."""
    return total_between(merchant, day, day)


def total_between(merchant: Merchant, first: dt.date, last: dt.date) -> Total:
    """Count and value per offer from one day to another, both included."""
    rows = (
        Redemption.objects.live()
        .filter(merchant=merchant, at__range=bounds(first, last))
        .values("claim__pool__offer", "claim__pool__offer__title")
        .annotate(count=Count("pk"), cents=Sum("claim__pool__offer__face_value"))
        .order_by("claim__pool__offer")
    )
    return Total(
        [Line(row["claim__pool__offer__title"], row["count"], row["cents"]) for row in rows]
    )
