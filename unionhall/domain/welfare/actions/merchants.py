"""Merchants and who stands at their tills."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from unionhall.base.clock import now_in_database
from unionhall.base.ledger import actions as ledger
from unionhall.domain.welfare.models import Clerk, Merchant
from unionhall.domain.welfare.queries.found import all_found
from unionhall.domain.welfare.rules import refusals
from unionhall.kernel.search import actions as search
from unionhall.people.accounts.actions import login_of

if TYPE_CHECKING:
    import datetime as dt

    from unionhall.people.accounts.models import User
    from unionhall.people.unions.models import Union


@transaction.atomic
def register_merchant(
    *, by: User, union: Union, name: str, address: str, phone: str = ""
) -> Merchant:
    """Enter a shop that ``union`` contracted; raises ``NameTaken``."""
    merchant = Merchant(union=union, name=name, address=address, phone=phone)
    _save(merchant)
    ledger.record("welfare.merchant_registered", merchant, by=by, union_id=union.pk)
    return merchant


@transaction.atomic
def edit_merchant(
    merchant: Merchant, *, by: User, name: str, address: str, phone: str = ""
) -> Merchant:
    """Correct what members read about a shop; raises ``NameTaken``."""
    given = {"name": name, "address": address, "phone": phone}
    changed = [field for field, value in given.items() if getattr(merchant, field) != value]
    for field in changed:
        setattr(merchant, field, given[field])
    if changed:
        _save(merchant)
        for found in all_found(merchant=merchant):
            search.put(found)
        ledger.record(
            "welfare.merchant_edited",
            merchant,
            by=by,
            union_id=merchant.union_id,
            changed=", ".join(changed),
        )
    return merchant


def _save(merchant: Merchant) -> None:
    try:
        with transaction.atomic():
            merchant.save()
    except IntegrityError:
        raise refusals.NameTaken(merchant.name) from None


@transaction.atomic
def appoint_clerk(
    phone: str, *, merchant: Merchant, by: User, till: str = "", is_manager: bool = False
) -> Clerk:
    """Let whoever has this 11-digit phone redeem at ``merchant``; again changes till and rank.

    She need not have signed in before. Raises ``WorksElsewhere``.
    """
    user = login_of(phone, by=by)
    try:
        with transaction.atomic():
            clerk, _new = Clerk.objects.update_or_create(
                user=user,
                merchant=merchant,
                dismissed_at=None,
                defaults={"till": till, "is_manager": is_manager},
            )
    except IntegrityError:
        elsewhere = Clerk.objects.select_related("merchant").get(user=user, dismissed_at=None)
        raise refusals.WorksElsewhere(elsewhere.merchant) from None
    ledger.record(
        "welfare.clerk_appointed",
        clerk,
        by=by,
        union_id=merchant.union_id,
        merchant=merchant.pk,
        user=user.pk,
        is_manager=is_manager,
    )
    return clerk


@transaction.atomic
def dismiss_clerk(clerk: Clerk, *, by: User) -> None:
    """End a clerk's post; it holds from the next request. Twice is once."""
    if Clerk.objects.filter(pk=clerk.pk, dismissed_at=None).update(dismissed_at=now_in_database()):
        ledger.record(
            "welfare.clerk_dismissed",
            clerk,
            by=by,
            union_id=clerk.merchant.union_id,
            merchant=clerk.merchant_id,
        )


@transaction.atomic
def export_redemptions(
    *,
    by: User,
    union: Union,
    first: dt.date | None,
    last: dt.date | None,
    merchant: Merchant | None = None,
    rows: int | None = None,
) -> None:
    """Note that a list of redemptions (of one shop) left the house: which days, how many rows."""
    ledger.record(
        "welfare.redemptions_exported",
        merchant or union,
        by=by,
        union_id=union.pk,
        rows=rows,
        since=first.isoformat() if first else None,
        until=last.isoformat() if last else None,
    )
