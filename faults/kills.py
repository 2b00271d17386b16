"""kill -9 of the web server, the worker and the database, at random moments of a rush (F1, F2)."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from faults.bed import PLANTED, Bed
from faults.house import PARTS, house
from faults.oracles import lost, of, offences
from faults.outcome import RESTART_S, Outcome
from faults.rows import rows_of
from faults.rush import audit, reckoned, rows_when_drained, rush

PAUSE_S = (0.05, 0.6)  # from one recovery to the next kill
PAGE = "a page after it"
TRIES = 5  # kills until a control must have lost something
FEW_S = 5.0  # a broken twin may answer 500 for ever
SOME = 60  # answers between two kills of a control


def kills(bed: Bed) -> Iterator[Outcome]:
    """All three in turn, in an order that only the seed knows."""
    chance = random.Random(bed.seed)  # noqa: S311 - reproducible
    outcome = Outcome("kill -9 web worker db", times=bed.kills, restart_s=0.0)
    longest, late = dict.fromkeys((*PARTS, PAGE), 0.0), []
    with house(bed.cluster, "kills") as one:
        with rush(one, bed.stage) as rushed:
            for nth in range(bed.kills):
                time.sleep(chance.uniform(*PAUSE_S))
                part = PARTS[nth % len(PARTS)] if nth < len(PARTS) else chance.choice(PARTS)
                one.kill(part)
                longest[part] = max(longest[part], took := one.wait_for(part))
                if took > RESTART_S:
                    late.append(f"kill {nth}, {part}: {took:.1f} s, {one.why_late()}")
                if part == "database":
                    longest[PAGE] = max(longest[PAGE], took + one.wait_for("web"))
                rushed.wait_until_told(bed.answers)
            if rushed.process.poll() is not None:
                outcome.offences.append("the crowd had nothing left to do before the last kill")
        reckoned(outcome, rushed)
    outcome.restart_s = max(longest.values())
    outcome.said = "longest restart: " + ", ".join(f"{p} {s:.2f} s" for p, s in longest.items())
    outcome.said = "\n    ".join([outcome.said, *late])
    outcome.control, outcome.controlled_by = lost_without_sync(bed), "synchronous_commit=off lost"
    yield outcome
    yield Outcome(
        "  control: kill of web", times=TRIES, control=half_deeds(bed),
        controlled_by="without transactions: half deeds",
    )  # fmt: skip
    yield Outcome(
        "  control: worker", times=1, control=undelivered(bed),
        controlled_by="killed and left dead: overdue",
    )  # fmt: skip
    yield Outcome(
        "  control: the claim", times=1, control=oversold(bed),
        controlled_by="without the deciding row: too many",
    )  # fmt: skip


def lost_without_sync(bed: Bed) -> int:
    """How many acknowledged steps a database loses that does not wait for its disk."""
    with house(bed.cluster, "unsynced", worker=False) as one:
        with one.connected() as database:
            database.execute('ALTER DATABASE "unsynced" SET synchronous_commit = off')
        one.kill("web")  # its connections began before
        one.wait_for("web")
        with rush(one, bed.stage) as rushed:
            for _try in range(TRIES):
                rushed.wait_until_told(SOME)
                one.kill("database")
                one.wait_for("database")
                one.wait_for("web")
                with one.connected() as database:
                    if missing := list(lost(rushed.lines, rows_of(database))):
                        return len(missing)
    return 0


def half_deeds(bed: Bed) -> int:
    """How much is broken, beyond what nobody knows, when no deed is one transaction and the web server is killed."""
    with house(bed.cluster, "halves", application=PLANTED, PLANTED="no_transactions") as one:
        with rush(one, bed.stage, give_up_s=FEW_S) as rushed:
            for _try in range(TRIES):
                rushed.wait_until_told(SOME)
                one.kill("web")
                one.wait_for("web")
        told = list(of(rushed.lines, "told"))
        return len([*offences(told, rows_when_drained(one)), *audit(one)])


def undelivered(bed: Bed) -> int:
    """How many messages are overdue when the worker was killed and nobody starts it again."""
    with house(bed.cluster, "undelivered") as one:
        one.kill("worker")
        del one.children["worker"]
        with rush(one, bed.stage) as rushed:
            rushed.wait_until_told(2 * SOME)
        with one.connected() as database:
            return rows_of(database).overdue_messages


def oversold(bed: Bed) -> int:
    """How many too many are given out when the claim looks first and writes then."""
    with (
        house(
            bed.cluster, "oversold", application=PLANTED, worker=False, PLANTED="read_then_write"
        ) as one,
        rush(one, bed.stage) as rushed,
        one.connected() as database,
    ):
        for _try in range(2 * TRIES):
            rushed.wait_until_told(SOME)
            pools = rows_of(database).pools
            if found := sum(max(0, pool.live - pool.capacity) for pool in pools):
                return found
    return 0
