"""Work that takes long is somebody's as long as she says so."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import Error, connection

log = logging.getLogger(__name__)
LONGEST = dt.timedelta(minutes=30)  # who takes longer hangs: then somebody else may try


@contextmanager
def renewed(renew: Callable[[], bool], *, every: dt.timedelta) -> Iterator[None]:
    """While the block runs, call ``renew`` again and again, until it says that the lease is lost.

    In a thread and over a connection of its own, for the block may be at one long step, such as
    to pack a workbook. Whoever works must still ask, in the statement that gives the work out of
    hand, whether it is hers: the thread may have been stopped, or the database out of reach.
    """
    over = threading.Event()
    thread = threading.Thread(target=_beat, args=[renew, every, over], daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _beat(renew: Callable[[], bool], every: dt.timedelta, over: threading.Event) -> None:
    until = time.monotonic() + LONGEST.total_seconds()
    try:
        while not over.wait(every.total_seconds()) and time.monotonic() < until:
            if not _renewed(renew):
                return
    finally:
        connection.close()


def _renewed(renew: Callable[[], bool]) -> bool:
    """A database that is out of reach for a moment is asked again at the next turn."""
    try:
        return renew()
    except Error:
        log.warning("A lease could not be renewed.", exc_info=True)
        connection.close()
        return True
