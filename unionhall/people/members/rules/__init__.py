"""Decisions about people on a roll: values in, values out."""

from unionhall.people.members.rules.conditions import AGES, Conditions, born_in
from unionhall.people.members.rules.headings import (
    Headings,
    column_to_write,
    columns_to_write,
    roll_headings,
)
from unionhall.people.members.rules.likely_unions import likely_union
from unionhall.people.members.rules.lines import RollLine, UnionNames, conflict_with_roll
from unionhall.people.members.rules.masks import (
    masked_id,
    masked_name,
    masked_phone,
    masked_written,
)
from unionhall.people.members.rules.namesakes import Namesakes
from unionhall.people.members.rules.roll import read_roll

__all__ = [
    "AGES",
    "Conditions",
    "Headings",
    "Namesakes",
    "RollLine",
    "UnionNames",
    "born_in",
    "column_to_write",
    "columns_to_write",
    "conflict_with_roll",
    "likely_union",
    "masked_id",
    "masked_name",
    "masked_phone",
    "masked_written",
    "read_roll",
    "roll_headings",
]
