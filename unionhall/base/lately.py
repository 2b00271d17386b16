"""What was read a moment ago, for answers that are the same for everybody."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Lately(Generic[K, T]):
    """``read(key)``, or what it gave this process at most ``age_s`` seconds ago.

    Of many who find it too old, one reads and the others take what she read. ``None`` is not kept.
    """

    def __init__(
        self, read: Callable[[K], T | None], *, age_s: float = 1.0, most: int = 1000
    ) -> None:
        self.read, self.age_s, self.most = read, age_s, most
        self._kept: dict[K, tuple[float, T]] = {}
        self._reading: dict[K, threading.Lock] = {}

    def __call__(self, key: K) -> T | None:
        """As it is, or lately was."""
        if (young := self._young(key)) is not None:
            return young
        came = time.monotonic()
        alone = self._reading.setdefault(key, threading.Lock())
        held = alone.acquire(
            timeout=self.age_s
        )  # whoever reads may be stuck; then each asks for herself
        try:
            heard, found = self._kept.get(key, (float("-inf"), None))
            if heard >= came:  # begun after we came: as new as ours would be, however long it took
                return found
            return self._read(key)
        finally:
            if held:
                alone.release()

    def _read(self, key: K) -> T | None:
        heard = time.monotonic()  # before the question: it is rather held to be older than younger
        found = self.read(key)
        self._keep(key, heard, found)
        return found

    def forget(self, key: K) -> None:
        """It has just been changed here."""
        self._kept.pop(key, None)

    def _young(self, key: K) -> T | None:
        heard, found = self._kept.get(key, (float("-inf"), None))
        return found if time.monotonic() - heard < self.age_s else None

    def _keep(self, key: K, heard: float, found: T | None) -> None:
        self._kept.pop(key, None)
        if found is None:
            return
        if len(self._kept) >= self.most:
            self._kept.clear()
            self._reading.clear()
        self._kept[key] = heard, found
