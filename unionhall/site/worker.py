"""The worker: every sweep of the house in one list, run by procrastinate on the same PostgreSQL."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from contextlib import suppress
from functools import cache

from django.conf import settings
from django.db import connections
from procrastinate import App, PsycopgConnector
from procrastinate.jobs import Status
from structlog.typing import FilteringBoundLogger

from unionhall.base import log_lines
from unionhall.base.ledger import sweeps as ledger
from unionhall.base.replay import sweeps as replay
from unionhall.base.sweep import Sweep
from unionhall.domain.corrections import sweeps as corrections
from unionhall.domain.enrolment import sweeps as enrolment
from unionhall.domain.lectures import sweeps as lectures
from unionhall.domain.quiz import sweeps as quiz
from unionhall.domain.welfare import sweeps as welfare
from unionhall.kernel.allotment import sweeps as allotment
from unionhall.kernel.casework import sweeps as casework
from unionhall.kernel.notify import sweeps as notify
from unionhall.people.accounts import sweeps as accounts
from unionhall.people.members import sweeps as members
from unionhall.people.personal import sweeps as personal
from unionhall.people.unions import sweeps as unions
from unionhall.people.webhooks import sweeps as webhooks
from unionhall.site import (
    bulk_deeds,
    copies,
    erasure,
    reorganisation_notices,
    search_index,
    term_reminders,
    transfer_notices,
)
from unionhall.site import export_lists as exports
from unionhall.site.ticking import tick_by_the_database

SWEEPS: list[Sweep] = [
    *ledger.SWEEPS,
    *replay.SWEEPS,
    *accounts.SWEEPS,
    *members.SWEEPS,
    *unions.SWEEPS,
    *webhooks.SWEEPS,
    *notify.SWEEPS,
    *allotment.SWEEPS,
    *casework.SWEEPS,
    *corrections.SWEEPS,
    *enrolment.SWEEPS,
    *quiz.SWEEPS,
    *welfare.SWEEPS,
    *lectures.SWEEPS,
    *exports.SWEEPS,
    *transfer_notices.SWEEPS,
    *reorganisation_notices.SWEEPS,
    *term_reminders.SWEEPS,
    *search_index.SWEEPS,
    *bulk_deeds.SWEEPS,
    *personal.SWEEPS,
    *copies.SWEEPS,
    *erasure.SWEEPS,
]

# What is kept for a time only; docs/howto/run-on-a-server.md says for how long.
RETENTION = [one for one in SWEEPS if one.function.__name__.startswith(("forget_", "let_go_"))]

PAGES_ALONE = "unionhall.site.page_urls"  # the routes that it needs, to say where a message leads
AT_ONCE = 2  # sweeps
PATIENCE_S = (
    2.0  # for a running sweep to end when we are asked to stop; it may be killed at any moment
)
HEARTBEAT_S, SILENCE_S = (
    2,
    10,
)  # whoever is silent for so long is dead; a sweep may run twice, its rows decide
BURIAL_S = 5  # so a sweep whose worker was killed goes on within a quarter of a minute
LONG_MS = 1000  # a sweep that took so long has a line, even if it did nothing
MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60

logger = logging.getLogger(__name__)


def set_up(app: App, sweeps: list[Sweep]) -> None:
    """Make each sweep a periodic task; of one name, one runs and at most one waits, on all machines together."""
    for sweep in sweeps:
        task = app.task(name=sweep.name, lock=sweep.name, queueing_lock=sweep.name)(
            _taking_the_time(sweep)
        )
        app.periodic(cron=cron(sweep.seconds))(task)
    app.periodic(cron=cron(BURIAL_S))(app.task(name="worker.bury_the_dead")(_burial(app)))


def _taking_the_time(sweep: Sweep) -> object:
    def run(timestamp: int) -> None:  # noqa: ARG001 — when it was due; a sweep looks for itself
        swept(sweep)

    return run


def swept(sweep: Sweep, *, log: FilteringBoundLogger | None = None) -> None:
    """Run it, with a line in the log: what it did, how long it took. That of an idle one is below INFO.

    Of one that breaks the queue tells more.
    """
    log, begun = log or _log(), time.perf_counter()
    try:
        done = sweep.function()
    except Exception:
        log.error("sweep", sweep=sweep.name, ms=_ms_since(begun), broken=True)  # noqa: TRY400
        raise
    took = _ms_since(begun)
    tell = log.info if done or took >= LONG_MS else log.debug
    tell("sweep", sweep=sweep.name, ms=took, **({"done": done} if isinstance(done, int) else {}))


def _ms_since(begun: float) -> float:
    return round((time.perf_counter() - begun) * 1000, 1)


@cache
def _log() -> FilteringBoundLogger:
    return log_lines.own_log(form=settings.LOG_FORM, level=settings.LOG_LEVEL)


def _burial(app: App) -> object:
    """A worker that was killed left its job running for ever, with the lock of its sweep: take both away."""

    async def bury(timestamp: int) -> None:  # noqa: ARG001
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENCE_S):
            logger.warning("%s was left behind by a worker that is gone", job.task_name)
            await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
        await app.job_manager.prune_stalled_workers(SILENCE_S)

    return bury


def cron(seconds: int) -> str:
    """Every so many seconds, as a line of cron with a sixth field; the next larger unit must be a multiple of it."""
    if MINUTE % seconds == 0 and seconds < MINUTE:
        return f"* * * * * */{seconds}"
    if seconds % MINUTE == 0 and HOUR % seconds == 0 and seconds < HOUR:
        return f"*/{seconds // MINUTE} * * * *"
    if seconds % HOUR == 0 and DAY % seconds == 0:
        return f"0 */{seconds // HOUR} * * *" if seconds < DAY else "0 0 * * *"
    raise ValueError(f"Every {seconds} seconds does not fit into a minute, an hour or a day.")


def work(app: App) -> bool:
    """Run until SIGTERM or Ctrl-C; then within ``PATIENCE_S`` and a little. False when it ended by itself."""
    with app.replace_connector(_connector()) as working:
        set_up(working, SWEEPS)
        tick_by_the_database(working)
        return asyncio.run(_until_told(working))


def _connector() -> PsycopgConnector:
    """Few connections of the worker's own, beside those of Django that the sweeps use."""
    params = connections["default"].get_connection_params()
    for name in ("cursor_factory", "context", "pool"):
        params.pop(name, None)
    return PsycopgConnector(kwargs=params, min_size=1, max_size=3)


async def _until_told(app: App) -> bool:
    async with app.open_async():
        return await _run(app)


async def _run(app: App) -> bool:
    told = asyncio.Event()
    running = asyncio.create_task(
        app.run_worker_async(
            concurrency=AT_ONCE,
            delete_jobs="always",
            install_signal_handlers=False,
            shutdown_graceful_timeout=PATIENCE_S,
            update_heartbeat_interval=HEARTBEAT_S,
            stalled_worker_timeout=SILENCE_S,
        )
    )

    def stop() -> None:
        told.set()
        _leave_after(PATIENCE_S)
        running.cancel()

    for asked in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(asked, stop)
    with suppress(asyncio.CancelledError):
        await running
    return told.is_set()


def _leave_after(seconds: float) -> None:
    """A sweep that does not end in time ends with the process: a thread cannot be stopped otherwise."""
    timer = threading.Timer(seconds, os._exit, args=[0])
    timer.daemon = True
    timer.start()
