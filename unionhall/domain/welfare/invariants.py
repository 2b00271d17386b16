from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Count, F, Q

from unionhall.base.invariant import Invariant
from unionhall.domain.welfare.models import Redemption, Replacement, VoucherOffer

if TYPE_CHECKING:
    from collections.abc import Iterator


WITHOUT_A_LINE = """
    WITH wanted AS (
        SELECT id, 'welfare.voucher_redeemed' AS action FROM welfare_redemption
        UNION ALL SELECT id, 'welfare.redemption_undone' FROM welfare_redemption WHERE undone_at IS NOT NULL
    )
    SELECT DISTINCT id FROM wanted WHERE NOT EXISTS (
        SELECT FROM ledger_entry AS entry WHERE entry.subject_type = 'welfare.redemption'
            AND entry.subject_id = wanted.id AND entry.action = wanted.action
    ) ORDER BY id
"""


def used_without_one_redemption() -> Iterator[str]:
    """Each used voucher has exactly one live redemption."""
    used = (
        VoucherOffer.objects.filter(pool__claims__state="used")
        .values_list("pool__claims__pk")
        .annotate(
            live=Count(
                "pool__claims__redemptions", filter=Q(pool__claims__redemptions__undone_at=None)
            )
        )
        .exclude(live=1)
    )
    return (f"claim {claim}: {live} live redemptions" for claim, live in used)


def redeemed_but_not_used() -> Iterator[str]:
    """Each live redemption's voucher is used."""
    rows = Redemption.objects.live().exclude(claim__state="used").values_list("pk", "claim__state")
    return (f"redemption {pk}: its claim is {state}" for pk, state in rows)


def redeemed_elsewhere() -> Iterator[str]:
    """A voucher is redeemed at the shop of its offer, by a clerk of that shop."""
    rows = Redemption.objects.exclude(
        merchant=F("claim__pool__offer__merchant"), clerk__merchant=F("merchant")
    ).values_list("pk", "merchant")
    return (f"redemption {pk}: at merchant {merchant}" for pk, merchant in rows)


def told_two_moments() -> Iterator[str]:
    """A live redemption and its claim tell the same moment and the same login."""
    rows = (
        Redemption.objects.live()
        .filter(claim__state="used")
        .exclude(at=F("claim__used_at"), clerk__user=F("claim__used_by"))
        .values_list("pk", flat=True)
    )
    return (f"redemption {pk}" for pk in rows)


def undone_before_it_happened() -> Iterator[str]:
    """Undone after it was redeemed."""
    rows = Redemption.objects.filter(undone_at__lt=F("at")).values_list("pk", flat=True)
    return (f"redemption {pk}" for pk in rows)


def replaced_numbers_alive() -> Iterator[str]:
    """A number that was replaced is no claim's any longer."""
    rows = Replacement.objects.filter(former_number=F("claim__number")).values_list("pk", flat=True)
    return (f"replacement {pk}" for pk in rows)


def claimed_outside_the_window() -> Iterator[str]:
    """What members claim themselves is claimed while the giveaway is open."""
    claims = VoucherOffer.objects.giveaways().filter(
        Q(pool__claims__claimed_at__lt=F("pool__opens_at"))
        | Q(pool__claims__claimed_at__gt=F("pool__closes_at"))
    )
    return (f"claim {claim}" for claim in claims.values_list("pool__claims__pk", flat=True))


def redeemed_without_a_line() -> Iterator[str]:
    """Redemptions, and redemptions taken back, that the ledger does not know."""
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT_A_LINE)
        return (f"redemption {pk}" for (pk,) in cursor.fetchall())


INVARIANTS = [
    Invariant("Each used voucher has exactly one live redemption.", used_without_one_redemption),
    Invariant("Each live redemption is of a used voucher.", redeemed_but_not_used),
    Invariant(
        "A voucher is redeemed at its own shop, by a clerk of that shop.", redeemed_elsewhere
    ),
    Invariant("A redemption and its claim tell the same moment and login.", told_two_moments),
    Invariant("A redemption is undone after it happened.", undone_before_it_happened),
    Invariant("A giveaway is claimed while it is open.", claimed_outside_the_window),
    Invariant("A replaced number is no voucher's any longer.", replaced_numbers_alive),
    Invariant("Every redemption stands in the ledger, also taken back.", redeemed_without_a_line),
]
