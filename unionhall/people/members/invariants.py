from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from unionhall.base.encryption import blind_indexes
from unionhall.base.invariant import Invariant
from unionhall.people.members.actions.rolls import KEPT_DAYS
from unionhall.people.members.models import (
    ID_NUMBER,
    PHONE,
    PHONE_TAIL,
    Change,
    Member,
    Membership,
    Reorganisation,
    RollImport,
    RollRow,
    TransferRequest,
)

CHUNK = 1000


def unfindable() -> Iterator[str]:
    """Members whose numbers do not lead back to them by their blind indexes."""
    for member in Member.objects.iterator(chunk_size=CHUNK):
        phone = member.phone or ""
        pairs = [(ID_NUMBER, member.id_number, member.id_index)]
        if phone:
            pairs.append((PHONE, phone, member.phone_index))
            pairs.append((PHONE_TAIL, phone[-4:], member.phone_tail_index))
        wrong = [
            kind for kind, text, index in pairs if index not in blind_indexes(text, purpose=kind)
        ]
        if wrong or (not phone and (member.phone_index or member.phone_tail_index)):
            yield f"member {member.pk}: {', '.join(wrong) or 'an index without a phone'}"


def left_before_joining() -> Iterator[str]:
    """Memberships that ended before they began."""
    backwards = Membership.objects.filter(left_on__lt=F("joined_on"))
    return (f"membership {pk}" for pk in backwards.values_list("pk", flat=True))


def nowhere() -> Iterator[str]:
    """Members who have never been in any union."""
    people = Member.objects.filter(memberships=None)
    return (f"member {pk}" for pk in people.values_list("pk", flat=True))


def in_closed_unions() -> Iterator[str]:
    """Members of closed unions whom no deed is carrying on."""
    state = Reorganisation.State
    there = Membership.objects.filter(left_on=None, union__closed_on__isnull=False)
    at_work = Reorganisation.objects.filter(state__in=[state.RUNNING, state.UNDOING])
    left = there.exclude(union__in=at_work.values("union"))
    left = left.exclude(union__in=at_work.values("other"))
    yield from (f"membership {pk}" for pk in left.values_list("pk", flat=True))


def rolls_without_a_yes() -> Iterator[str]:
    """Rolls that are being or were taken in, and have no entry of the ledger for it."""
    state = RollImport.State
    taken = RollImport.objects.filter(state__in=[state.RUNNING, state.DONE], batch_id=None)
    return (f"roll {pk}" for pk in taken.values_list("pk", flat=True))


def kept_too_long() -> Iterator[str]:
    """Files, rows and former values of people that have served and were not let go."""
    state = RollImport.State
    old = timezone.now() - dt.timedelta(days=KEPT_DAYS + 1)
    over = Q(created_at__lt=old) | Q(state__in=[state.DISCARDED, state.UNREADABLE])
    files = RollImport.objects.filter(over).exclude(content=None)
    yield from (f"roll {pk}: its file" for pk in files.values_list("pk", flat=True))
    over = Q(roll_import__created_at__lt=old) | Q(roll_import__state=state.DISCARDED)
    rows = RollRow.objects.filter(over).exclude(values=None)
    for pk in rows.values_list("roll_import_id", flat=True).distinct():
        yield f"roll {pk}: its rows"
    values = Change.objects.filter(at__lt=old, was__isnull=False)
    yield from (f"change {pk}: what was" for pk in values.values_list("pk", flat=True))


def moved_by_half() -> Iterator[str]:
    """Transfers that were agreed and have no membership in the new union."""
    there = Membership.objects.filter(member=OuterRef("member"), union=OuterRef("to_union"))
    agreed = TransferRequest.objects.filter(state=TransferRequest.State.AGREED)
    lost = agreed.exclude(Exists(there))
    return (f"transfer {pk}" for pk in lost.values_list("pk", flat=True))


INVARIANTS = [
    Invariant("Nobody is in a union that is closed.", in_closed_unions),
    Invariant("Every member is found by the numbers on record.", unfindable),
    Invariant("Nobody left a union before joining it.", left_before_joining),
    Invariant("Everybody on the roll is or was in a union.", nowhere),
    Invariant("No roll is taken in without a yes in the ledger.", rolls_without_a_yes),
    Invariant("What was read of people is let go when it has served.", kept_too_long),
    Invariant("Whoever was let go to another union is or was in it.", moved_by_half),
]
