"""Deeds for many members are carried out here: some send notices, and people stand below them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unionhall.base.sweep import Sweep, one_by_one
from unionhall.kernel.notify import actions as notify
from unionhall.people.members import actions as members
from unionhall.people.members.queries import bulk_deeds_to_do

if TYPE_CHECKING:
    from unionhall.people.members.models import BulkDeed, Membership


def carry_out_bulk_deeds() -> int:
    """All that were ordered, in that order; how many people were looked at."""
    return one_by_one(_carry_out, list(bulk_deeds_to_do()))


def _carry_out(bulk_id: int) -> int:
    return members.carry_out_bulk(bulk_id, _tell)


def _tell(bulk: BulkDeed, membership: Membership) -> None:
    notify.send(
        membership.member,
        "members/from_officer",
        union=bulk.union.name,
        text=bulk.words,
    )


SWEEPS = [Sweep(carry_out_bulk_deeds, seconds=2)]
