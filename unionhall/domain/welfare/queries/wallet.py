"""The member's own vouchers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Prefetch, Q, QuerySet

from unionhall.base.clock import now_in_database
from unionhall.domain.welfare import rules
from unionhall.domain.welfare.models import Redemption, VoucherOffer
from unionhall.kernel.allotment.queries import claims_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from unionhall.kernel.allotment.models import Claim
    from unionhall.people.members.models import Member


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


def live_vouchers_of(member: Member, offers: Iterable[VoucherOffer]) -> list[Claim]:
    """What she can still use, and what she has of these offers, used or not; with its shop."""
    wanted = Q(state="held") | Q(pool__offer__in=list(offers))
    live = claims_of(member).live().filter(wanted, pool__offer__isnull=False)
    return list(live.select_related("pool__offer__merchant"))


def usable_of(claims: Iterable[Claim], now: dt.datetime) -> list[Claim]:
    """Of these the usable ones, what lapses first in front."""
    never = dt.datetime.max.replace(tzinfo=dt.UTC)
    usable = [
        one
        for one in claims
        if rules.standing(one.state, one.expires_at, now) is rules.Standing.USABLE
    ]
    return sorted(usable, key=lambda claim: claim.expires_at or never)


def voucher_of(member: Member, claim_id: int) -> Claim | None:
    """One of her own vouchers; ``None`` for anybody else's, as if there were none."""
    return vouchers_of(member).filter(pk=claim_id).first()


def undone_redemptions(claim: Claim) -> QuerySet[Redemption]:
    """What was undone, with its reason, newest first: the member may read it."""
    return (
        Redemption.objects.filter(claim=claim, undone_at__isnull=False)
        .select_related("merchant")
        .order_by("-at")
    )


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
    """The three drawers; usable ones that lapse first stand first. What was returned is gone."""
    now = now_in_database()
    drawers: dict[rules.Standing, list[Claim]] = {standing: [] for standing in rules.Standing}
    for claim in vouchers_of(member):
        drawers[rules.standing(claim.state, claim.expires_at, now)].append(claim)
    never = dt.datetime.max.replace(tzinfo=dt.UTC)
    drawers[rules.Standing.USABLE].sort(key=lambda claim: claim.expires_at or never)
    return Wallet(
        drawers[rules.Standing.USABLE],
        drawers[rules.Standing.USED],
        drawers[rules.Standing.EXPIRED],
    )


def lapsing_vouchers(*, now: dt.datetime, limit: int) -> list[tuple[int, int]]:
    """``(claim id, offer id)`` of held vouchers that lapse soon, their owner not reminded yet."""
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
