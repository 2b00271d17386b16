"""Lists that were sent in: whose they are, their rows, and the verdict on each."""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from unionhall.base.kept_reasons import reasons_kept
from unionhall.base.returned_tables import annotated
from unionhall.base.spreadsheets import UnreadableFile, read_workbook
from unionhall.base.tables import NoHeaderError, Reason, RowVerdict, Verdict
from unionhall.base.wording import explained
from unionhall.people.accounts.models import User
from unionhall.people.unions.models import Change, ListImport, ListRow, Office, Union
from unionhall.people.unions.queries.comparing import (
    Told,
    said_otherwise,
    standing_in,
    to_match,
    told_changes,
    who_said,
)
from unionhall.people.unions.queries.tree import Scope, in_charge_of, with_parents
from unionhall.people.unions.rules import IN_CHARGE, Match, UnionLine, match_lines, read_union_list
from unionhall.people.unions.wording import REASONS


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict; of an accepted row what it means in the tree, would do, and says otherwise."""

    verdict: RowVerdict[UnionLine]
    match: Match | None = None
    effect: str = ""
    changes: list[Told] = field(default_factory=list)


def lists_in_charge(user: User | AnonymousUser) -> QuerySet[ListImport]:
    """The lists that ``user`` sent in, or all of whose scope she runs; newest first, without the file."""
    if user.pk is None:
        return ListImport.objects.none()
    return lists_within(user, in_charge_of(user))


def lists_within(user: User | AnonymousUser, unions: QuerySet[Union]) -> QuerySet[ListImport]:
    """The same for whoever knows what ``user`` runs: one statement."""
    run = unions.values("pk")
    of_the_house = Q(by=None) & _is_whole_tree(run)
    mine = Q(by_id=user.pk) | _sent_for_part_of(run) | of_the_house
    lists = ListImport.objects.filter(mine).exclude(state=ListImport.State.DISCARDED)
    return lists.select_related("by").defer("content").order_by("-pk")


def _sent_for_part_of(run: QuerySet[Union, Any]) -> Q:
    """Sent by somebody who never was in charge of anything else; she may have left since."""
    offices = Office.objects.filter(user=OuterRef("by"), role__in=IN_CHARGE)
    return Q(Exists(offices)) & ~Q(Exists(offices.exclude(union__in=run)))


def _is_whole_tree(run: QuerySet[Union, Any]) -> Q:
    """What the house itself sends in may speak of any union."""
    roots = Union.objects.filter(depth=1)
    return Q(Exists(roots)) & ~Q(Exists(roots.exclude(pk__in=run)))


def list_in_charge(user: User | AnonymousUser, list_id: int) -> ListImport:
    """One of them, else ``ListImport.DoesNotExist``."""
    return lists_in_charge(user).get(pk=list_id)


def list_rows_of(sent: ListImport, *, verdict: str = "", effect: str = "") -> QuerySet[ListRow]:
    """Its rows in the order of the file."""
    rows = sent.list_rows.order_by("place")
    if effect:
        rows = rows.filter(effect=effect)
    return rows.filter(verdict=verdict) if verdict else rows


def list_reasons_of(row: ListRow) -> list[Reason]:
    """Why a row was refused; the codes alone once what stood in it was let go."""
    if row.verdict != Verdict.REJECTED:
        return []
    return reasons_kept(row.values, row.reason_codes)


def named_in(row: ListRow) -> str:
    """Which union the row names, as far as that is kept."""
    content = json.loads(row.values) if row.values else {}
    return content.get("about") or content.get("name") or (row.union.name if row.union else "")


def list_sent_before(sent: ListImport, user: User) -> ListImport | None:
    """The same file, sent before by ``user`` or by somebody whose office she may know of."""
    known = Q(by=user) | Q(by__offices__union__in=in_charge_of(user))
    same = ListImport.objects.filter(known, fingerprint=sent.fingerprint, pk__lt=sent.pk)
    gone = Q(fingerprint="") | Q(
        state__in=[ListImport.State.DISCARDED, ListImport.State.UNREADABLE]
    )
    return same.exclude(gone).select_related("by").defer("content").order_by("-pk").first()


def list_file_is_kept(sent: ListImport) -> bool:
    """Until it is let go."""
    return ListImport.objects.filter(pk=sent.pk, content__isnull=False).exists()


def annotated_list(sent: ListImport) -> bytes | None:
    """The sender's own table with the reasons beside its rows; of one that was let go, none."""
    sealed = ListImport.objects.filter(pk=sent.pk).values_list("content", flat=True).first()
    if not sealed or not sent.list_rows.exists():
        return None
    wrong = list_rows_of(sent, verdict=Verdict.REJECTED.value)
    notes = {(row.sheet, row.row): _note(row) for row in wrong.iterator(chunk_size=1000)}
    heading = _("要改什么（这一列不会导入）")
    return annotated(base64.b64decode(sealed), name=sent.file_name, notes=notes, heading=heading)


def _note(row: ListRow) -> str:
    said = _("{what}。{why}。{next}。")
    return "\n".join(
        said.format(**explained(reason, REASONS)._asdict()) for reason in list_reasons_of(row)
    )


def refusal_of_list(sent: ListImport) -> UnreadableFile | None:
    """Why it cannot be read, with the columns that its header lacks."""
    missing = sent.counts.get("missing", {})
    columns = sorted(missing, key=missing.__getitem__)
    return UnreadableFile(sent.problem, columns=columns) if sent.problem else None


def judge_list(content: bytes, *, name: str, scope: Scope, as_of: dt.date) -> list[Judged]:
    """The verdict on every row of the file, held against itself and against the tree.

    Only what is in ``scope`` is known and may grow. Raises ``UnreadableFile``. Nothing is written.
    """
    names = scope.unions().filter(level__lt=Union.Level.BRANCH).values_list("name", flat=True)
    try:
        verdicts = read_union_list(
            read_workbook(content, name=name),
            known=set(names),
            tops=_names_of_tops(scope),
            as_of=as_of,
        )
    except NoHeaderError as error:
        raise UnreadableFile("no_header", columns=error.missing) from error
    return _held_against_tree(verdicts, scope)


def _names_of_tops(scope: Scope) -> dict[str, str] | None:
    """Name -> the parent's name; of the whole tree None: there, any district may be a top."""
    if scope.tops is None:
        return None
    tops = with_parents(scope.top_unions())
    return {top.name: top.above.name if top.above else "" for top in tops}


def _held_against_tree(verdicts: Sequence[RowVerdict[UnionLine]], scope: Scope) -> list[Judged]:
    lines = {place: one.values for place, one in enumerate(verdicts) if one.values}
    unions = standing_in(scope, list(lines.values()))
    matches = match_lines(lines, to_match(scope, unions.values()))
    sayers = who_said([one.union.pk for one in matches.values() if one.union])
    return [
        _judged(verdict, matches.get(place), unions, sayers)
        for place, verdict in enumerate(verdicts)
    ]


def _judged(
    verdict: RowVerdict[UnionLine],
    match: Match | None,
    unions: Mapping[int, Union],
    sayers: Mapping[tuple[int, str], int],
) -> Judged:
    line = verdict.values
    if line is None or match is None:
        return Judged(verdict)
    if match.fault:
        bare = verdict._replace(normalisations=(), warnings=(), values=None)
        why = (match.fault,)
        return Judged(bare._replace(verdict=Verdict.REJECTED, reasons=why, about=line.name))
    if match.union is None:
        return Judged(verdict, match, ListRow.Effect.FOUNDED)
    union = unions[match.union.pk]
    changes = told_changes(union, said_otherwise(line, union), sayers)
    effect = ListRow.Effect.UPDATED if changes else ListRow.Effect.UNCHANGED
    if match.moves:
        effect = ListRow.Effect.MOVED
        said_by = sayers.get((union.pk, Change.PARENT), union.batch_id)
        changes.insert(0, [Change.PARENT, match.union.parent_name, line.parent, said_by])
    return Judged(verdict, match, effect, changes)
