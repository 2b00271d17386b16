"""All that can be found by the search of the house, kind by kind; and that nothing of it is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from unionhall.base.invariant import Invariant
from unionhall.base.sweep import Sweep
from unionhall.domain.lectures.queries import found as lectures
from unionhall.domain.welfare.queries import found as welfare
from unionhall.kernel.search import actions as search
from unionhall.kernel.search.queries import keys_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from unionhall.kernel.search.actions import Found

SOURCES: dict[str, Callable[[], Iterator[Found]]] = {
    lectures.LECTURE: lectures.all_found,
    welfare.GIVEAWAY: welfare.all_found,
}
KEYS: dict[str, Callable[[], set[int]]] = {
    lectures.LECTURE: lectures.all_keys,
    welfare.GIVEAWAY: welfare.all_keys,
}


@dataclass(frozen=True)
class Difference:
    """Keys of a kind: published and not in the index, and the other way round."""

    missing: set[int]
    left_over: set[int]


def difference_of(kind: str) -> Difference:
    """Two lists of numbers, held against each other."""
    published, kept = KEYS[kind](), keys_of(kind)
    return Difference(published - kept, kept - published)


def rebuild() -> dict[str, int]:
    """Write the whole index anew; how many there are of each kind."""
    return {kind: search.rebuild(kind, source(), KEYS[kind]) for kind, source in SOURCES.items()}


def take_in_missing() -> int:
    """After an upgrade or a restore: whatever was published before it could be found; how many there were."""
    taken = 0
    for kind, source in SOURCES.items():
        if missing := difference_of(kind).missing:
            for found in source():
                if found.key in missing:
                    search.put(found)
                    taken += 1
    return taken


def _differences() -> Iterator[str]:
    for kind in SOURCES:
        difference = difference_of(kind)
        yield from (f"{kind} {key} is missing" for key in sorted(difference.missing))
        yield from (f"{kind} {key} is no longer there" for key in sorted(difference.left_over))


SWEEPS = [Sweep(take_in_missing, seconds=60)]
INVARIANTS = [Invariant("What is published can be found, and nothing else", _differences)]
