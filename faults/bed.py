"""What every fault is given: the cluster, the stage, how often."""

from __future__ import annotations

from dataclasses import dataclass

from faults.cluster import Cluster

BARE = "bare"  # the database that has tables and nothing in them
SMALL = "small"  # the folder of the cluster whose disk is full
PLANTED = "faults.planted:application"


@dataclass(frozen=True)
class Stage:
    """``people``: member and the key of her session; ``deeds``: a contest and the nth of the people."""

    people: list[tuple[int, str]]
    deeds: list[tuple[int, int]]


@dataclass(frozen=True)
class Bed:
    """``kills`` and ``freezes`` say how often, ``answers`` how many come between two kills.

    ``seed`` gives the same moments and victims again.

    ``migrated_s``: how long it took to make all tables.
    """

    cluster: Cluster
    stage: Stage
    seed: int
    kills: int
    freezes: int
    answers: int
    migrated_s: float = 5.0
    full: bool = False
