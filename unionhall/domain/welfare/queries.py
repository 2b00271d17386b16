from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from unionhall.base.clock import now_in_database
from unionhall.domain.welfare import rules
from unionhall.domain.welfare.models import Clerk, Merchant, Redemption, Replacement, VoucherOffer
from unionhall.kernel.allotment.queries import claim_with, claims_of
from unionhall.people.members.queries import find, within
from unionhall.people.members.rules.masks import masked_name

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from unionhall.kernel.allotment.models import Claim
    from unionhall.people.accounts.models import User
    from unionhall.people.members.models import Member
    from unionhall.people.unions.models import Union


# == The member's wallet ==
def vouchers_of(member: Member) -> QuerySet[Claim]:
    """All vouchers she ever got, newest first, each with its offer, shop and live redemption."""
    return (
        claims_of(member)
        .filter(pool__offer__isnull=False)
        .select_related("pool__offer__merchant", "pool__offer__union", "member")
        .prefetch_related(_with_redemption())
        .order_by("-claimed_at", "-pk")
    )


def _with_redemption() -> Prefetch[str, QuerySet[Redemption], str]:
    """Sets ``live_redemptions``: a list of one or none."""
    live = Redemption.objects.live().select_related("merchant", "clerk")
    return Prefetch("redemptions", queryset=live, to_attr="live_redemptions")


def voucher_of(member: Member, claim_id: int) -> Claim | None:
    """One of her own vouchers; ``None`` for anybody else's, as if there were none."""
    return vouchers_of(member).filter(pk=claim_id).first()


def undone_redemptions(claim: Claim) -> QuerySet[Redemption]:
    """What was undone, with its reason, newest first: the member may read it."""
    return Redemption.objects.filter(claim=claim, undone_at__isnull=False).select_related("merchant").order_by("-at")


def standing_of(claim: Claim) -> rules.Standing:
    """How a voucher stands now, by the database's clock."""
    return rules.standing(claim.state, claim.expires_at, now_in_database())


@dataclass(frozen=True)
class Wallet:
    """A member's vouchers as they stand at a moment."""

    usable: list[Claim]
    used: list[Claim]
    expired: list[Claim]


def wallet_of(member: Member) -> Wallet:
    """The three drawers of the wallet; usable ones that lapse first stand first. What was returned is gone."""
    now = now_in_database()
    drawers: dict[rules.Standing, list[Claim]] = {standing: [] for standing in rules.Standing}
    for claim in vouchers_of(member):
        drawers[rules.standing(claim.state, claim.expires_at, now)].append(claim)
    never = dt.datetime.max.replace(tzinfo=dt.UTC)
    drawers[rules.Standing.USABLE].sort(key=lambda claim: claim.expires_at or never)
    return Wallet(drawers[rules.Standing.USABLE], drawers[rules.Standing.USED], drawers[rules.Standing.EXPIRED])


# == The counter ==
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
    return Clerk.objects.filter(user_id=user.pk, dismissed_at=None).select_related("merchant", "user").first()


def voucher_with(number: str) -> tuple[Claim, VoucherOffer] | None:
    """The voucher of a well-formed number; ``None`` also for a claim that is no voucher, such as a seat."""
    claim = claim_with(number)
    if claim is None:
        return None
    offer = VoucherOffer.objects.select_related("merchant", "union").filter(pool_id=claim.pool_id).first()
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
    return Total([Line(row["claim__pool__offer__title"], row["count"], row["cents"]) for row in rows])


# == The desk ==
def redemptions_for(unions: QuerySet[Union]) -> QuerySet[Redemption]:
    """Redemptions that these unions pay for, newest first, each with ``within_a_minute``."""
    return (
        Redemption.objects.within(unions)
        .select_related("claim__member", "claim__pool__offer__union", "merchant", "clerk", "undone_by")
        .annotate(within_a_minute=_within_a_minute())
        .order_by("-at", "-pk")
    )


def _within_a_minute() -> Coalesce:
    """How many the same clerk redeemed in the minute up to this one, itself included."""
    by_the_same = (
        Redemption.objects.filter(
            clerk=OuterRef("clerk"), at__lte=OuterRef("at"), at__gt=OuterRef("at") - rules.SPEED_WINDOW
        )
        .order_by()
        .values("clerk")
        .annotate(n=Count("pk"))
        .values("n")
    )
    return Coalesce(Subquery(by_the_same), 0)


def filtered(rows: QuerySet[Redemption], wanted: dict[str, Any]) -> QuerySet[Redemption]:
    """Narrowed by the cleaned fields of the desk's filter form; an empty field narrows nothing."""
    if wanted.get("offer"):
        rows = rows.filter(claim__pool__offer=wanted["offer"])
    if wanted.get("merchant"):
        rows = rows.filter(merchant=wanted["merchant"])
    if wanted.get("state"):
        rows = rows.filter(undone_at__isnull=wanted["state"] == "live")
    if wanted.get("since"):
        rows = rows.filter(at__gte=bounds(wanted["since"], wanted["since"])[0])
    if wanted.get("until"):
        rows = rows.filter(at__lte=bounds(wanted["until"], wanted["until"])[1])
    if wanted.get("number"):
        rows = rows.filter(claim=_claim_ever_numbered(wanted["number"]))
    return rows


def _claim_ever_numbered(number: str) -> int | None:
    """The claim that has this number or had it before it was replaced."""
    claim = claim_with(number)
    if claim is not None:
        return claim.pk
    former = replacement_of(number)
    return former.claim_id if former else None


def unusually_fast(unions: QuerySet[Union], *, since: dt.datetime) -> QuerySet[Redemption]:
    """Redemptions that came faster than goods can be handed out: for a look, not a verdict."""
    return redemptions_for(unions).filter(at__gte=since, within_a_minute__gt=rules.UNUSUAL_PER_MINUTE)


def clerks_guessing(unions: QuerySet[Union], *, since: dt.datetime) -> QuerySet[Clerk]:
    """Clerks who were stopped for asking after numbers that do not exist."""
    return Clerk.objects.filter(
        merchant__union__in=unions,
        counted_from__gte=since,
        unknown_numbers__gte=rules.UNKNOWN_NUMBERS_ALLOWED,
    ).select_related("merchant", "user")


def offers_for(unions: QuerySet[Union]) -> QuerySet[VoucherOffer]:
    """Offers of these unions, newest first, with how many were given out, used and are still held."""
    return (
        VoucherOffer.objects.within(unions)
        .select_related("pool", "merchant", "union")
        .annotate(
            used=Count("pool__claims", filter=Q(pool__claims__state="used")),
            held=Count("pool__claims", filter=Q(pool__claims__state="held")),
            lapsed=Count("pool__claims", filter=Q(pool__claims__state="expired")),
        )
        .order_by("-opened_at", "-pk")
    )


def merchants_for(unions: QuerySet[Union]) -> QuerySet[Merchant]:
    """Merchants of these unions by name, with the number of their clerks."""
    return (
        Merchant.objects.within(unions)
        .select_related("union")
        .annotate(staff=Count("clerks", filter=Q(clerks__dismissed_at=None)))
        .order_by("name", "pk")
    )


def merchant_for(unions: QuerySet[Union], merchant_id: int) -> Merchant | None:
    """A merchant of these unions; ``None`` for another's, as if there were none."""
    return merchants_for(unions).filter(pk=merchant_id).first()


def clerks_at(merchant: Merchant) -> QuerySet[Clerk]:
    """Who stands at its tills today, managers first."""
    return (
        Clerk.objects.filter(merchant=merchant, dismissed_at=None)
        .select_related("user")
        .order_by("-is_manager", "till", "pk")
    )


def members_found(text: str, unions: QuerySet[Union]) -> QuerySet[Member]:
    """Members of these unions by name or the end of the phone, with the number of their vouchers."""
    return find(text, unions).annotate(vouchers=Count("claims__pool__offer", distinct=True)).order_by("name", "pk")


def voucher_for(unions: QuerySet[Union], claim_id: int) -> Claim | None:
    """The voucher of a member of these unions; ``None`` for another's, as if there were none."""
    owner = within(unions).filter(claims=claim_id).first()
    return voucher_of(owner, claim_id) if owner else None


# == Sweeps ==
def lapsing_vouchers(*, now: dt.datetime, limit: int) -> list[tuple[int, int]]:
    """``(claim id, offer id)`` of held vouchers that lapse soon and whose owner was not reminded."""
    return list(
        VoucherOffer.objects.filter(
            pool__claims__state="held",
            pool__claims__expires_at__gt=now,
            pool__claims__expires_at__lte=now + rules.REMIND_BEFORE,
            pool__claims__expiry_reminder=None,
        )
        .order_by("pool__claims__expires_at")
        .values_list("pool__claims__pk", "pk")[:limit]
    )
