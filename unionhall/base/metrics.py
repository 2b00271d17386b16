"""What is counted of a process, for Prometheus. Labels are names of ours, of which there are few: never a person's, never an address.

With ``PROMETHEUS_MULTIPROC_DIR`` in the environment (``manage.py serve`` sets it) the web server's processes count in files, and
whichever is asked tells of all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from unionhall.base.errors import Refused

REGISTRY = CollectorRegistry()
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

REQUESTS = Counter(
    "unionhall_requests", "Answers.", ["route", "method", "status"], registry=REGISTRY
)
DURATION = Histogram(
    "unionhall_request_seconds",
    "From a request to its answer.",
    ["route"],
    buckets=SECONDS,
    registry=REGISTRY,
)
TURNS = Counter(
    "unionhall_turns", "Requests that got a turn, or were told to come back.", ["outcome"],
    registry=REGISTRY,
)  # fmt: skip
AT_WORK = Gauge(
    "unionhall_at_work", "Requests with a turn.", registry=REGISTRY, multiprocess_mode="livesum"
)
IN_LINE = Gauge(
    "unionhall_in_line", "Requests that wait for a turn.", registry=REGISTRY,
    multiprocess_mode="livesum",
)  # fmt: skip
POOL = Gauge(
    "unionhall_pool", "Connections of the pools to the database.", ["state"], registry=REGISTRY,
    multiprocess_mode="livesum",
)  # fmt: skip
CLAIMS = Counter(
    "unionhall_claims", "What became of claims, by the code of the answer.", ["outcome"],
    registry=REGISTRY,
)  # fmt: skip


@contextmanager
def counted_claim() -> Iterator[None]:
    """Counts what becomes of a claim inside: ``taken``, or the code of the refusal."""
    try:
        yield
    except Refused as no:
        CLAIMS.labels(no.code).inc()
        raise
    CLAIMS.labels("taken").inc()
