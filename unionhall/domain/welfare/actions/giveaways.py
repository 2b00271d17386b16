"""Giveaways: an offer that members claim themselves, first come, first served."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from unionhall.base import metrics
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.base.replay import actions as replay
from unionhall.base.replay.rules import deed_of
from unionhall.domain.welfare import queries
from unionhall.domain.welfare.actions.vouchers import open_offer
from unionhall.domain.welfare.models import VoucherOffer
from unionhall.domain.welfare.queries.found import found_of
from unionhall.domain.welfare.rules.giveaways import Stage
from unionhall.kernel.allotment import actions as allotment
from unionhall.kernel.allotment.queries import holds, newest_claim
from unionhall.kernel.allotment.rules import SoldOut
from unionhall.kernel.search import actions as search
from unionhall.people.accounts.models import User

if TYPE_CHECKING:
    import datetime as dt

    from unionhall.kernel.allotment.models import Claim, Pool
    from unionhall.kernel.audience.rules import Audience
    from unionhall.people.members.models import Member
    from unionhall.people.unions.models import Union

SLICES = 16  # counter rows of a giveaway in any order: as many claims as that are decided at once


@transaction.atomic
def open_giveaway(
    *,
    by: User,
    union: Union,
    capacity: int,
    opens_at: dt.datetime,
    closes_at: dt.datetime,
    audience: Audience,
    valid_days: int | None,
    any_order: bool = False,
    key: str = "",
    **offer: Any,  # noqa: ANN401 — merchant, title, face_value, terms: as ``open_offer`` takes them
) -> VoucherOffer:
    """Put ``capacity`` vouchers up for claiming by ``audience`` from ``opens_at`` until ``closes_at``.

    ``any_order`` is for large ones: who was first is given up, and thousands can claim in the same second. Asked again
    under the same ``key``, the answer is the one that was opened; with a key it raises what ``base.replay`` raises.
    """
    if key:
        terms = [f"{name}={getattr(one, 'pk', one)}" for name, one in sorted(offer.items())]
        said = [union.pk, capacity, opens_at, closes_at, audience, valid_days, any_order, *terms]
        same = {"union": union, "pool__opens_at": opens_at, "pool__closes_at": closes_at}
        if _is_twin(key, by, [str(one) for one in said]):
            same |= {"title": offer["title"], "merchant": offer["merchant"]}
            return VoucherOffer.objects.giveaways().filter(**same).latest("pk")
    pool = allotment.open_pool(
        label=offer["title"],
        capacity=capacity,
        audience=audience,
        opens_at=opens_at,
        closes_at=closes_at,
        valid_days=valid_days,
        slices=SLICES if any_order else 0,
        by=by,
    )
    opened = open_offer(by=by, union=union, pool=pool, claimed_by_members=True, **offer)
    search.put(found_of(opened))
    facts = {"union_id": union.pk, "pool": pool.pk, "capacity": capacity}
    ledger.record("welfare.giveaway_opened", opened, by=by, **facts)
    return opened


def _is_twin(key: str, by: User, said: list[str]) -> bool:
    """Whether a double click opened it a moment ago; her second click waits for the first."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    deed = deed_of("welfare.open_giveaway", *said)
    return replay.is_replay(key, user_id=by.pk, deed=deed)


@dataclass(frozen=True)
class Claimed:
    """Her voucher; ``replayed`` when this very request was answered before."""

    claim: Claim
    replayed: bool = False

    def told(self, offer: VoucherOffer) -> dict[str, object]:
        """The facts of a claim that never change, so that a replay says the same."""
        return {
            "stage": "yours",
            "id": self.claim.pk,
            "number": self.claim.number_in_groups,
            "place": self.claim.rank,
            "claimed_at": self.claim.claimed_at,
            "expires_at": self.claim.expires_at,
            "title": offer.title,
            "face_value": offer.face_value,
            "merchant": offer.merchant.name,
            "address": offer.merchant.address,
        }


def claim_offer(known: queries.Known, *, member: Member, key: str = "", said: str = "") -> Claimed:
    """One voucher of a giveaway for ``member``; asked again, the same one.

    What is gone, not open yet or closed is refused from what this process knows, at most a second old, without a
    look at the row that everybody waits for. Raises ``SoldOut``, ``NotOpen``, ``NotForYou``, and with a request
    ``key`` what ``base.replay`` raises; ``said`` is whatever else the request said.
    """
    pool, refusal = known.offer.pool, known.refusal
    if refusal and not holds(pool, member):
        metrics.CLAIMS.labels(refusal.code).inc()
        raise refusal
    seen = None if refusal else pool
    deed = deed_of("welfare.claim_offer", str(known.offer.pk), said)
    try:
        with transaction.atomic():
            if key and replay.is_replay(key, user_id=_login_of(member), deed=deed):
                return Claimed(_as_told_before(pool, member), replayed=True)
            return Claimed(allotment.claim(pool.pk, member=member, seen=seen, savepoint=False))
    except SoldOut:
        queries.forget(known.offer.pk)  # the next one need not ask the row
        raise


def _login_of(member: Member) -> int:
    assert member.user_id is not None, "only who has a login claims"  # noqa: S101
    return member.user_id


def _as_told_before(pool: Pool, member: Member) -> Claim:
    """The claim of that first time, whatever became of it: a key never gives a second one."""
    claim = newest_claim(pool, member)
    assert claim is not None, "the key was kept with the claim"  # noqa: S101
    return claim


@transaction.atomic
def close_giveaway(offer: VoucherOffer, *, by: User, because: str) -> VoucherOffer:
    """End it before its time; what was claimed stays claimed. Raises ``Refused`` when it has ended already."""
    still = VoucherOffer.objects.giveaways().filter(pk=offer.pk, closed_because="")
    if queries.stage_of(offer) is Stage.CLOSED or not still.update(closed_because=because):
        raise Refused(
            _("没改：这次领券已经结束了。"),
            why=_("同一次领券只能结束一次。"),
            code="giveaway_closed",
        )
    allotment.close_pool(offer.pool, by=by)
    ledger.record("welfare.giveaway_closed", offer, by=by, union_id=offer.union_id)
    queries.forget(offer.pk)
    offer.refresh_from_db()
    search.put(found_of(offer))
    return offer
