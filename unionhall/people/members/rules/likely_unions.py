"""Which union a name may mean that no union has: written in short, or with a slip."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache
from heapq import nlargest
from operator import add

ALIKE, AHEAD = 0.75, 0.05  # of 1: so much alike, and so much more than the next one
LOOKED_AT = 20  # those that share most pairs of characters
_OF_MANY = re.compile(
    r"工会|委员会|联合会|总会|分会|有限|责任|股份|公司|集团|[^\w]|_"
)  # what the names of many unions have, and what stands between


def likely_union(written: str, names: Iterable[str]) -> str:
    """The one name that is much like ``written``; "" if there is none, or several are as likely.

    Compared without what most names have, for otherwise all companies are alike.
    """
    core = _core(written)
    if not core:
        return ""
    near = nlargest(LOOKED_AT, names, key=lambda name: len(_pairs(core) & _pairs(_core(name))))
    rated = nlargest(2, ((_alike(core, _core(name)), name) for name in near))
    if not rated or rated[0][0] < ALIKE:
        return ""
    is_ahead = len(rated) == 1 or rated[0][0] - rated[1][0] >= AHEAD
    return rated[0][1] if is_ahead else ""


@lru_cache(10_000)
def _core(name: str) -> str:
    return _OF_MANY.sub("", unicodedata.normalize("NFKC", name[:120]).casefold())


@lru_cache(10_000)
def _pairs(core: str) -> frozenset[str]:
    return frozenset(map(add, core, core[1:])) | frozenset(core)


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
