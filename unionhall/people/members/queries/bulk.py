"""Deeds for many members: what may be seen of them."""

from __future__ import annotations

from collections import Counter

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, QuerySet

from unionhall.people.accounts.models import User
from unionhall.people.members.models import BulkDeed, BulkRow, Change, Member, Membership
from unionhall.people.unions.queries import in_charge_of


def bulk_deeds_of(user: User | AnonymousUser) -> QuerySet[BulkDeed]:
    """Hers and her colleagues' on unions that she runs, the newest first; what nobody ordered is its chooser's."""
    known = BulkDeed.objects.filter(union__in=in_charge_of(user))
    hers = known.filter(by=user.pk) | known.exclude(state=BulkDeed.State.CHOSEN)
    return hers.select_related("union", "by").order_by("-pk")


def bulk_deed_in_charge(user: User | AnonymousUser, bulk_id: int) -> BulkDeed:
    """One of them, else ``BulkDeed.DoesNotExist``."""
    return bulk_deeds_of(user).get(pk=bulk_id)


def bulk_deeds_to_do() -> list[int]:
    """Those that were ordered and are not done, in that order."""
    running = BulkDeed.objects.filter(state=BulkDeed.State.RUNNING)
    return list(running.order_by("entry_id").values_list("pk", flat=True))


def people_of_bulk(bulk: BulkDeed, user: User | AnonymousUser) -> QuerySet[Membership]:
    """Those of them who are where ``user`` may still see them, by name."""
    live = Membership.objects.filter(
        bulk_rows__bulk=bulk, left_on=None, union__in=in_charge_of(user)
    )
    return live.select_related("member", "union").order_by("member__name", "member_id", "pk")


def outcomes_of(bulk: BulkDeed) -> dict[str, int]:
    """Outcome -> how many; those that are still to be done have none."""
    counted = bulk.rows.values_list("outcome").annotate(n=Count("pk")).order_by()
    return dict(Counter(dict(counted)))


def may_be_undone(bulk: BulkDeed) -> bool:
    """As long as what stood there before is kept; a message was read."""
    if bulk.state != BulkDeed.State.DONE or bulk.deed == BulkDeed.Deed.MESSAGE:
        return False
    return Change.objects.filter(entry_id=bulk.entry_id or 0, was__isnull=False).exists()


def bulk_entries_of(member: Member) -> list[int]:
    """The ledger's entries of deeds for many that were done to her, too."""
    done = BulkRow.objects.filter(membership__member=member, outcome=BulkRow.Outcome.DONE)
    return [one for one in done.values_list("bulk__entry_id", flat=True) if one]
