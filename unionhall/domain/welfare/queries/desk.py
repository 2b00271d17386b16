"""What an officer's desk asks; every list begins with her unions."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from unionhall.domain.welfare import rules
from unionhall.domain.welfare.models import Clerk, Merchant, Redemption, VoucherOffer
from unionhall.domain.welfare.queries.counter import bounds, replacement_of
from unionhall.domain.welfare.queries.wallet import voucher_of
from unionhall.kernel.allotment.queries import claim_with, claims_by_state
from unionhall.people.members.queries import find, within

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unionhall.kernel.allotment.models import Claim
    from unionhall.people.members.models import Member
    from unionhall.people.unions.models import Union


def redemptions_for(unions: QuerySet[Union]) -> QuerySet[Redemption]:
    """Redemptions that these unions pay for, newest first, each with ``within_a_minute``."""
    return (
        Redemption.objects.within(unions)
        .select_related(
            "claim__member", "claim__pool__offer__union", "merchant", "clerk", "undone_by"
        )
        .annotate(within_a_minute=_within_a_minute())
        .order_by("-at", "-pk")
    )


def _within_a_minute() -> Coalesce:
    """How many the same clerk redeemed in the minute up to this one, itself included."""
    by_the_same = (
        Redemption.objects.filter(
            clerk=OuterRef("clerk"),
            at__lte=OuterRef("at"),
            at__gt=OuterRef("at") - rules.SPEED_WINDOW,
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


RECENT = dt.timedelta(days=2)


def unusual_lately(unions: QuerySet[Union]) -> dict[str, object]:
    """What of the last two days is worth a look: some redemptions, and clerks who guessed."""
    since = timezone.now() - RECENT
    return {
        "fast": unusually_fast(unions, since=since)[:5],
        "guessing": clerks_guessing(unions, since=since),
    }


def unusually_fast(unions: QuerySet[Union], *, since: dt.datetime) -> QuerySet[Redemption]:
    """Redemptions that came faster than goods can be handed out: for a look, not a verdict."""
    return redemptions_for(unions).filter(  # type: ignore[misc]  # annotated there
        at__gte=since, within_a_minute__gt=rules.UNUSUAL_PER_MINUTE
    )


def clerks_guessing(unions: QuerySet[Union], *, since: dt.datetime) -> QuerySet[Clerk]:
    """Clerks who were stopped for asking after numbers that do not exist."""
    return Clerk.objects.filter(
        merchant__union__in=unions,
        counted_from__gte=since,
        unknown_numbers__gte=rules.UNKNOWN_NUMBERS_ALLOWED,
    ).select_related("merchant", "user")


def clerks_of(merchant_id: int) -> int:
    """How many may redeem at a merchant now."""
    return Clerk.objects.filter(merchant_id=merchant_id, dismissed_at=None).count()


def offers_for(unions: QuerySet[Union]) -> QuerySet[VoucherOffer]:
    """Offers of these unions, newest first."""
    offers = VoucherOffer.objects.within(unions).select_related("pool", "merchant", "union")
    return offers.order_by("-opened_at", "-pk")


def with_counts(offers: Iterable[VoucherOffer]) -> list[VoucherOffer]:
    """Each with how many are ``held``, ``used`` and ``lapsed``: of those that are shown, for a join counts all."""
    shown = list(offers)
    claims = claims_by_state(offer.pool for offer in shown)
    for offer in shown:
        states = claims.get(offer.pool_id, {})
        offer.held, offer.used = states.get("held", 0), states.get("used", 0)
        offer.lapsed = states.get("expired", 0)
    return shown


def merchants_for(unions: QuerySet[Union]) -> QuerySet[Merchant]:
    """Merchants of these unions by name, with the number of their clerks, counted for those that are shown."""
    clerks = Clerk.objects.filter(merchant=OuterRef("pk"), dismissed_at=None).order_by()
    staff = clerks.values("merchant").annotate(n=Count("pk")).values("n")
    return (
        Merchant.objects.within(unions)
        .select_related("union")
        .annotate(staff=Coalesce(Subquery(staff), 0))
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


def clerks_within(unions: QuerySet[Union]) -> QuerySet[Clerk]:
    """Who stands at the tills of these unions' merchants today."""
    clerks = Clerk.objects.filter(merchant__union__in=unions, dismissed_at=None)
    return clerks.select_related("user", "merchant").order_by("merchant__name", "merchant", "till")


def members_found(text: str, unions: QuerySet[Union]) -> QuerySet[Member]:
    """Members of these unions by name or end of phone, with the number of their vouchers."""
    return (
        find(text, unions)
        .annotate(vouchers=Count("claims__pool__offer", distinct=True))
        .order_by("name", "pk")
    )


def voucher_for(unions: QuerySet[Union], claim_id: int) -> Claim | None:
    """The voucher of a member of these unions; ``None`` for another's, as if there were none."""
    owner = within(unions).filter(claims=claim_id).first()
    return voucher_of(owner, claim_id) if owner else None
