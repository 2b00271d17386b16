"""The members of a union that was merged, split or closed go where it went, a batch a transaction."""

from __future__ import annotations

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from unionhall.base.sweep import one_by_one
from unionhall.people.members.actions.locks import hold_people
from unionhall.people.members.models import Membership, Reorganisation, TransferRequest

Kind, State = Reorganisation.Kind, Reorganisation.State
SOON = 2000  # so many go with the deed itself, and in one batch

# One statement: nobody is in two unions, nor in none, at any moment.
CARRY = """
    WITH gone AS (
        UPDATE members_membership SET left_on = %(today)s
        WHERE id = ANY(%(ids)s) AND left_on IS NULL
        RETURNING member_id, standing, department, joined_on
    )
    INSERT INTO members_membership
        (member_id, union_id, standing, department, joined_on, since_on, batch_id)
    SELECT member_id, %(union)s, CASE
            WHEN %(keep)s THEN 'retained'
            WHEN %(restore)s THEN coalesce((
                SELECT before.standing FROM members_membership AS before
                WHERE before.member_id = gone.member_id AND before.union_id = %(union)s
                ORDER BY before.id DESC LIMIT 1), gone.standing)
            ELSE standing END,
        department, joined_on, %(today)s, %(entry)s
    FROM gone
"""


def go_on_with_reorganisations() -> int:
    """Carry the next members of each; also of one that is done, for whoever was on her way into it meanwhile."""
    at_work = Reorganisation.objects.filter(state__in=[State.RUNNING, State.UNDOING])
    late = Reorganisation.objects.filter(
        state=State.DONE,
        kind__in=[Kind.MERGE, Kind.CLOSE],
        union__closed_on__isnull=False,
        union__memberships__left_on=None,
        union__memberships__isnull=False,
    )
    ids = {*at_work.values_list("pk", flat=True), *late.values_list("pk", flat=True)}
    return one_by_one(_all_of, sorted(ids))


def _all_of(deed_id: int) -> int:
    batches = 0
    while carry_next(deed_id):
        batches += 1
    return batches


@transaction.atomic
def carry_next(deed_id: int, *, limit: int = SOON) -> bool:
    """Carry the next members; false when there are no more, or another worker is at it."""
    deeds = Reorganisation.objects.select_for_update(skip_locked=True, of=("self",))
    deed = deeds.filter(pk=deed_id).exclude(state=State.UNDONE).first()
    if deed is None:
        return False
    people = list(those_to_carry(deed).order_by("member").values_list("member", flat=True)[:limit])
    if not people:
        _finish(deed)
        return False
    hold_people(people)
    ids = list(those_to_carry(deed).filter(member__in=people).values_list("pk", flat=True))
    _carry(deed, ids)
    _settle_requests(deed, people)
    Reorganisation.objects.filter(pk=deed.pk).update(gone=F("gone") + len(ids))
    return True


def those_to_carry(deed: Reorganisation) -> QuerySet[Membership]:
    """The live memberships that have not gone yet."""
    live = Membership.objects.filter(left_on=None)
    if deed.kind == Kind.MOVE:
        return live.none()
    if deed.state == State.UNDOING:
        back = live.filter(union=deed.other_id)
        return back if deed.kind == Kind.SPLIT else back.filter(batch_id=deed.entry_id)
    going = live.filter(union=deed.union_id)
    return going.filter(department__in=deed.departments) if deed.kind == Kind.SPLIT else going


def _finish(deed: Reorganisation) -> None:
    after = {State.RUNNING: State.DONE, State.UNDOING: State.UNDONE}
    if deed.state in after:
        deed.state = after[State(deed.state)]
        deed.save(update_fields=["state"])


def _carry(deed: Reorganisation, ids: list[int]) -> None:
    back, closing = deed.state == State.UNDOING, deed.kind == Kind.CLOSE
    with connection.cursor() as cursor:
        cursor.execute(
            CARRY,
            {
                "today": timezone.localdate(),
                "ids": ids,
                "union": deed.union_id if back else deed.other_id,
                "keep": closing and not back,
                "restore": closing and back,
                "entry": deed.undo_entry_id if back else deed.entry_id,
            },
        )


def _settle_requests(deed: Reorganisation, people: list[int]) -> None:
    """Whoever asks for one of them asks the union that has her now; who asked for what came about has it."""
    to = deed.union_id if deed.state == State.UNDOING else deed.other_id
    now, state = timezone.now(), TransferRequest.State
    asked = TransferRequest.objects.filter(member__in=people, state=state.ASKED)
    asked.filter(to_union=to).update(state=state.AGREED, decided_at=now, from_union=to)
    asked.update(from_union=to, asked_at=now, told="")
