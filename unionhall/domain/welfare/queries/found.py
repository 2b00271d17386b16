"""What of a giveaway can be found, and by what words."""

from __future__ import annotations

from collections.abc import Iterator

from unionhall.domain.welfare.models import VoucherOffer
from unionhall.kernel.allotment.queries import claims_of
from unionhall.kernel.search.actions import Found
from unionhall.people.members.models import Member

GIVEAWAY = "giveaway"


def found_of(offer: VoucherOffer) -> Found:
    """By what it gives, on what terms and at which shop; under the union that pays."""
    merchant, closes_at = offer.merchant, offer.pool.closes_at
    assert closes_at is not None, "a giveaway ends"  # noqa: S101
    words = "\n".join([merchant.name, merchant.address, offer.terms])
    audience = offer.pool.audience
    return Found(GIVEAWAY, offer.pk, offer.title, words, closes_at, audience, under=offer.union_id)


def held_by(member: Member) -> list[int]:
    """Giveaways of which she has a voucher."""
    pools = claims_of(member).live().order_by().values("pool")
    offers = VoucherOffer.objects.giveaways().filter(pool__in=pools)
    return list(offers.values_list("pk", flat=True))


def all_keys() -> set[int]:
    """Of every giveaway."""
    return set(VoucherOffer.objects.giveaways().values_list("pk", flat=True))


def all_found(**only: object) -> Iterator[Found]:
    """Every giveaway; ``only`` narrows which."""
    offers = VoucherOffer.objects.giveaways().filter(**only).select_related("pool", "merchant")
    for offer in offers.order_by("pk").iterator(chunk_size=500):
        yield found_of(offer)
