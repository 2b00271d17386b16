"""Whom a roll does not name, and what becomes of them: an officer says it, for some or for all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from unionhall.base import lookups  # noqa: F401 — any_of
from unionhall.base.encryption import blind_indexes
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.base.patience import unhurried
from unionhall.base.tables import RowVerdict
from unionhall.people.accounts.models import User
from unionhall.people.members.actions.locks import hold_people, hold_roll
from unionhall.people.members.actions.standings import change_standing, retains
from unionhall.people.members.models import ID_NUMBER, Absence, Membership, RollImport, RollRow
from unionhall.people.members.queries.rolls import Judged, open_absences, unions_that_take_members
from unionhall.people.members.rules import Namesakes, RollLine
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import under

KEEP = "keep"
KEPT_AT_ONCE = 2000


class Named:
    """Whom and which unions a file names, gathered row by row.

    Whom a refused row may mean, by her number or else by her name, is not called absent: her row
    only waits to be mended.
    """

    def __init__(self) -> None:
        self.unions = dict[str, set[str]]()  # with the departments that are named, "" where none is
        self.unions_to_mend = set[str]()
        self.numbers = set[str]()
        self.namesakes = Namesakes()

    def add_rows(self, rows: Iterable[Judged]) -> None:
        """So many rows more."""
        taken = {(line.union, line.department[:80]) for one in rows if (line := one.verdict.values)}
        for union, department in taken:
            self.unions.setdefault(union, set()).add(department)
        for one in rows:
            if not one.verdict.values:
                self._add_refused(one.verdict)

    def _add_refused(self, verdict: RowVerdict[RollLine]) -> None:
        legible = verdict.legible or {}
        if "id_number" in legible:
            self.numbers.add(legible["id_number"])
        if "union" in legible:
            self.unions_to_mend.add(legible["union"])
        if verdict.about:
            self.namesakes.add(verdict.about)


def keep_absent(roll: RollImport, named: Named) -> None:
    """Note whom it leaves out: people of the unions that it names, and of all others how many.

    A file of one union says nothing about the people of another: these are told as a number. Nor
    does a file of one department about the others: their people are kept apart.
    """
    taking = unions_that_take_members(roll.union)
    said_of = {taking[name]: of for name, of in named.unions.items() if name in taking}
    to_mend = [taking[name] for name in named.unions_to_mend if name in taking]
    rows = _absent(roll, said_of, named)
    Absence.objects.bulk_create(rows, batch_size=KEPT_AT_ONCE)
    roll.left_out = _left_out(roll.union, besides={*said_of, *to_mend})


def _absent(
    roll: RollImport, unions: Mapping[int, Collection[str]], named: Named
) -> Iterator[Absence]:
    """By name; ``unions``: the departments that the file names of each, "" where a row names none."""
    live = Membership.objects.filter(left_on=None, union__in=unions)
    there = RollRow.objects.filter(roll_import=roll, member__isnull=False).values("member")
    indexes = [one for key in named.numbers for one in blind_indexes(key, purpose=ID_NUMBER)]
    absent = live.exclude(member__in=there).exclude(member__id_index__any_of=indexes)
    columns = ("pk", "member__name", "union", "department")
    for pk, name, union, department in absent.order_by("member__name", "pk").values_list(*columns):
        if name not in named.namesakes:
            known = not department or not {department, ""}.isdisjoint(unions[union])
            yield Absence(roll_import=roll, membership_id=pk, department_named=known)


def _left_out(top: Union, *, besides: Collection[int]) -> dict[str, int]:
    """Union -> its live members, of those under ``top`` of which the file says nothing."""
    others = set(under(top).values_list("pk", flat=True)) - set(besides)
    live = Membership.objects.filter(left_on=None, union__pk__any_of=list(others))
    counted = live.values_list("union").annotate(people=Count("pk"))
    return {str(pk): people for pk, people in counted.order_by("-people", "union")}


@unhurried()
@transaction.atomic
def decide_absent(
    roll: RollImport,
    *,
    why: str,
    by: User | None,
    only: Collection[int] | None = None,
    note: str = "",
) -> int:
    """Say of the absences in ``only``, or of all that are open, what is the matter; how many.

    "All" are those of the departments that the file names; of the others each one is to be named.

    ``why``: one of ``Membership.Why``, or ``keep``. One entry of the ledger for all of them; the
    note stays beside each, for the ledger holds no text about people.
    """
    if not hold_roll(roll, state=RollImport.State.DONE):
        raise Refused(
            _("现在还不能处理。"),
            why=_("这份名册还没有导入完，或者刚才撤销了。"),
            next=_("先导入，再来看谁不在名册里。"),
            code="roll_not_done",
        )
    chosen = _held(roll, by, only)
    if not chosen:
        raise Refused(
            _("没有要处理的人。"),
            why=_("没有勾人，或者勾的人刚才已经处理过了。"),
            next=_("回到名单，勾上人，再按一次。"),
            code="nobody_chosen",
        )
    entry = ledger.record(
        "members.absent_decided", roll, by=by, union_id=roll.union_id, why=why, people=len(chosen)
    )
    if why != KEEP:
        change_standing([one.membership for one in chosen], why=why, entry_id=entry.pk)
    decided = Absence.objects.filter(pk__in=[one.pk for one in chosen])
    reason = "" if why == KEEP else why
    return decided.update(decision=decision_for(why), reason=reason, note=note, entry_id=entry.pk)


def _held(roll: RollImport, by: User | None, only: Collection[int] | None) -> list[Absence]:
    """Looked at again once they are held: she may have left, or moved to another union, meanwhile."""
    absences = open_absences(roll, by)
    if only is None:
        absences = absences.filter(department_named=True)
    else:
        absences = absences.filter(pk__any_of=list(only))
    hold_people(absences.values_list("membership__member", flat=True))
    return list(absences.all())


def decision_for(why: str) -> str:
    """What the reason means for the membership."""
    if why == KEEP:
        return Absence.Decision.KEEP
    return Absence.Decision.RETAINED if retains(why) else Absence.Decision.LEFT
