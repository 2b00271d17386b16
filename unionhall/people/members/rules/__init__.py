"""Decisions about people on a roll: values in, values out."""

from unionhall.people.members.rules.masks import masked_id, masked_name, masked_phone
from unionhall.people.members.rules.roll import RollLine, UnionNames, read_roll

__all__ = [
    "RollLine",
    "UnionNames",
    "masked_id",
    "masked_name",
    "masked_phone",
    "read_roll",
]
