"""What the matrix asked, and what was not as it should be."""

from __future__ import annotations

from dataclasses import dataclass, field

CANARIES, TOLD_APART, READER, STUFFED, COUNTS, ERRORS, UNEXPECTED, BROKEN = KINDS = (
    "canaries", "told apart", "readers", "stuffed", "counts", "errors", "unexpected", "broken",
)  # fmt: skip


@dataclass
class Tally:
    """``met`` are the routes that everybody asked, ``opened`` those that let somebody in.

    ``files`` are the lists that left the house with a canary of their own union in them.
    """

    asked: int = 0
    met: set[str] = field(default_factory=set)
    opened: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    told: int = 0  # messages that were read
    offences: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    def add(self, other: Tally) -> None:
        self.asked += other.asked
        self.met |= other.met
        self.opened |= other.opened
        self.files |= other.files
        self.told += other.told
        for kind, found in other.offences.items():
            self.offences[kind] += found
