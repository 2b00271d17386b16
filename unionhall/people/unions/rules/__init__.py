"""Decisions about unions: values in, values out."""

from unionhall.people.unions.rules.industries import EDITION, SECTIONS, section_of
from unionhall.people.unions.rules.matching import Match, Standing, match_lines
from unionhall.people.unions.rules.roles import IN_CHARGE
from unionhall.people.unions.rules.union_list import UnionLine, read_union_list, union_name

__all__ = [
    "EDITION",
    "IN_CHARGE",
    "SECTIONS",
    "Match",
    "Standing",
    "UnionLine",
    "match_lines",
    "read_union_list",
    "section_of",
    "union_name",
]
