"""A union is moved, merged into another, split or closed, and what hangs on it goes where it goes.

The tree changes at once, with the one ledger entry of the deed: unions below, offices, keys of programs, requests for
transfer. Members follow in the same transaction if they are few, else batch by batch; what is not done yet is read
from the memberships themselves, so that whoever dies on the way is followed by another. ``by`` was judged by
``unions.queries.may_reshape``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.people.accounts.models import User
from unionhall.people.members.actions.carrying import SOON, carry_next, those_to_carry
from unionhall.people.members.models import (
    Member,
    Membership,
    Reorganisation,
    RollImport,
    TransferRequest,
)
from unionhall.people.members.queries.reorganisations import later_deeds
from unionhall.people.programs import actions as programs
from unionhall.people.unions import actions as unions
from unionhall.people.unions.models import Union

Kind, State = Reorganisation.Kind, Reorganisation.State


@transaction.atomic
def move_union(union: Union, *, parent: Union, by: User, reason: str) -> Reorganisation:
    """Put it, with all below it, under another parent."""
    refuse_unsaid(reason)
    _refuse_meanwhile(union)
    moved, entry = unions.move_told(union, parent=parent, by=by)
    deed = _deed(Kind.MOVE, moved, parent, by=by, reason=reason, entry_id=entry)
    return _done_if_few(deed)


@transaction.atomic
def merge_unions(union: Union, *, into: Union, by: User, reason: str) -> Reorganisation:
    """Close it into another, which takes over its members, the unions below it and all it did."""
    refuse_unsaid(reason)
    _hold(union, into)
    if into.path.startswith(union.path):
        raise Refused(
            _("没有合并。"),
            why=_("一个工会不能并入自己或者自己的下级。"),
            next=_("换一个工会，或者先把那个下级移出来。"),
            code="own_descendant",
        )
    if into.level < Union.Level.GRASSROOTS and of_employers(_members_of(union)).exists():
        raise Refused(
            _("没有合并。"),
            why=_(
                "{union}直接收的，只有没有单位的会员和保留会籍的人；有单位的，会籍在单位的工会。"
            ).format(union=into.name),
            next=_("选一个基层工会；整个不办了，就撤销它，会员保留会籍在上级。"),
            code="union_takes_no_members",
        )
    return _close_into(Kind.MERGE, union, into, by=by, reason=reason)


@transaction.atomic
def close_union(union: Union, *, by: User, reason: str) -> Reorganisation:
    """Close it: its upper union keeps its members' standing without a vote, and takes the unions below it."""
    refuse_unsaid(reason)
    _hold(union)
    upper = Union.objects.get_parent(union)
    if upper is None:
        raise Refused(
            _("没有撤销。"),
            why=_("它上面没有上级，会员的会籍没有地方保留。"),
            next=_("并入另一个工会。"),
            code="no_upper_union",
        )
    return _close_into(Kind.CLOSE, union, upper, by=by, reason=reason)


def _close_into(
    kind: Reorganisation.Kind, union: Union, other: Union, *, by: User, reason: str
) -> Reorganisation:
    people = _members_of(union).count()
    deed = _deed(kind, union, other, by=by, reason=reason, people=people)
    said = {"other": other.pk, "people": people}
    deeds = {Kind.MERGE: "members.union_merged", Kind.CLOSE: "members.union_closed"}
    entry = ledger.record(deeds[kind], union, by=by, union_id=union.pk, **said)
    unions.close(union, successor=other, entry_id=entry.pk)
    programs.revoke_keys_of(union, by=by)
    _answer_what_asks_for_it(union, by=by, reason=_answer(union, other))
    return _begun(deed, entry.pk)


def _answer(union: Union, other: Union) -> str:
    return _("{union}撤销了，现在归{other}。要转，请从那里提。").format(
        union=union.name, other=other.name
    )[:200]


def _answer_what_asks_for_it(union: Union, *, by: User, reason: str) -> None:
    """A request waits for nobody: whoever made it reads why, and both sides are told by the sweep of transfers."""
    asked = TransferRequest.objects.filter(to_union=union, state=TransferRequest.State.ASKED)
    asked.update(
        state=TransferRequest.State.REFUSED,
        decided_by=by,
        decided_at=timezone.now(),
        reason=reason,
    )


@transaction.atomic
def split_union(
    union: Union,
    *,
    name: str,
    departments: Collection[str] = (),
    children: Collection[int] = (),
    by: User,
    reason: str,
) -> Reorganisation:
    """Found a union beside it, and give that the people of these departments and these unions right below."""
    refuse_unsaid(reason)
    _hold(union)
    parent = Union.objects.get_parent(union)
    going = [one for one in unions.live_children(union) if one.pk in set(children)]
    facts = ("employer", "ownership", "holding", "industry_section", "industry_division")
    new = unions.found(
        name,
        parent=parent,
        level=union.level,
        by=by,
        **{fact: getattr(union, fact) for fact in facts},
    )
    deed = _deed(Kind.SPLIT, union, new, by=by, reason=reason, departments=sorted(set(departments)))
    deed.people = those_to_carry(deed).count()
    deed.save(update_fields=["people"])
    said = {"other": new.pk, "people": deed.people, "unions": len(going)}
    entry = ledger.record("members.union_split", union, by=by, union_id=union.pk, **said)
    unions.put_all_under(going, new, entry_id=entry.pk)
    return _begun(deed, entry.pk)


@transaction.atomic
def undo_reorganisation(deed: Reorganisation, *, by: User, reason: str) -> Reorganisation:
    """Put it back from today, as far as nobody has built on it; what was, and that it was, stays in the history.

    Keys that were revoked and requests that were answered stay so.
    """
    refuse_unsaid(reason)
    unions.lock_tree()
    held = Reorganisation.objects.filter(pk=deed.pk, state=State.DONE)
    if not held.update(
        state=State.UNDOING, undone_by=by, undone_because=reason.strip()[:200], gone=0, told=0
    ):
        raise Refused(
            _("现在改不回去。"),
            why=_("它还没有办完，或者已经改回去了。"),
            next=_("刷新看看它到了哪一步。"),
            code="reorganisation_not_done",
        )
    deed = Reorganisation.objects.select_related("union__successor", "other").get(pk=deed.pk)
    _refuse_built_on(deed)
    entry = ledger.record(
        "members.reorganisation_undone", deed.union, by=by, union_id=deed.union_id, deed=deed.pk
    )
    _put_tree_back(deed, by=by, entry_id=entry.pk)
    deed.undo_entry_id = entry.pk
    deed.people = those_to_carry(deed).count()
    deed.save(update_fields=["undo_entry_id", "people"])
    return _done_if_few(deed)


def _refuse_built_on(deed: Reorganisation) -> None:
    later = later_deeds(deed).select_related("union").first()
    if later:
        raise Refused(
            _("改不回去。"),
            why=_("后来又办过：{union}，{kind}。").format(
                union=later.union.name, kind=later.get_kind_display()
            ),
            next=_("先把后来的那一次改回去。"),
            code="built_on",
        )


def _put_tree_back(deed: Reorganisation, *, by: User, entry_id: int) -> None:
    union, entry = deed.union, deed.entry_id or 0  # never 0: it is done
    if deed.kind == Kind.SPLIT:
        unions.close(deed.other, successor=union, entry_id=entry_id)
        programs.revoke_keys_of(deed.other, by=by)
        _answer_what_asks_for_it(deed.other, by=by, reason=_answer(deed.other, union))
        return
    parent = unions.stood_under(union, entry_id=entry)
    if deed.kind == Kind.MOVE:
        unions.move_told(union, parent=parent, by=by)
    else:
        unions.reopen(union, parent=parent, closed_by=entry, entry_id=entry_id)


def _hold(*those: Union) -> None:
    """Under the tree's lock, fresh, and none of them in the midst of something else."""
    unions.lock_tree()
    for union in those:
        union.refresh_from_db()
        unions.refuse_closed(union)
        _refuse_meanwhile(union)


def _refuse_meanwhile(union: Union) -> None:
    busy = RollImport.objects.filter(union=union, state=RollImport.State.RUNNING).exists()
    going = Reorganisation.objects.filter(
        Q(union=union) | Q(other=union), state__in=[State.RUNNING, State.UNDOING]
    )
    if busy or going.exists():
        raise Refused(
            _("{union}现在不能动。").format(union=union.name),
            why=_("它的一份名册正在导入，或者上一次变动的会员还没有转完。"),
            next=_("等它办完再来，一般几分钟。"),
            code="union_busy",
        )


def refuse_unsaid(reason: str) -> None:
    """Whoever reads the history wants to know why."""
    if not reason.strip():
        raise Refused(
            _("没有办。"),
            why=_("没有写原因。"),
            next=_("写一句为什么，以后查得到。"),
            code="no_reason",
        )


def _members_of(union: Union) -> QuerySet[Membership]:
    return Membership.objects.filter(union=union, left_on=None)


def of_employers(memberships: QuerySet[Membership]) -> QuerySet[Membership]:
    """Those that belong into an employer's union: a street holds couriers and whoever's membership is retained."""
    retained = Membership.Standing.RETAINED
    return memberships.exclude(standing=retained).exclude(
        member__employment=Member.Employment.NEW_FORM
    )


def _deed(
    kind: Reorganisation.Kind,
    union: Union,
    other: Union,
    *,
    by: User,
    reason: str,
    people: int = 0,
    entry_id: int | None = None,
    departments: Sequence[str] = (),
) -> Reorganisation:
    return Reorganisation.objects.create(
        kind=kind,
        union=union,
        other=other,
        by=by,
        reason=reason.strip()[:200],
        people=people,
        entry_id=entry_id,
        departments=list(departments),
    )


def _begun(deed: Reorganisation, entry_id: int) -> Reorganisation:
    deed.entry_id = entry_id
    deed.save(update_fields=["entry_id"])
    return _done_if_few(deed)


def _done_if_few(deed: Reorganisation) -> Reorganisation:
    """Few members go in the transaction of the deed itself; many are the worker's."""
    if deed.people <= SOON:
        while carry_next(deed.pk):
            pass
    deed.refresh_from_db()
    return deed
