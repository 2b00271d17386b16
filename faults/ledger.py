"""What the crowd was told, in a file outside of the database: each line is on the disk before the next deed.

One JSON object a line. ``told``: the answer of a step, whole and read to its end. ``unknown``: no
answer, or none that says yes or no; the same step is asked again. ``odd``: a no where there must be
a yes. ``left``: an unknown that stayed one.
"""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Line:
    """``step``: start, answer or hand_in. Times in seconds of this machine's monotonic clock."""

    kind: str
    step: str
    contest: int
    member: int
    asked: float  # when it was asked for the first time
    ended: float
    unknown_s: float = 0.0  # since the first time that the outcome was unknown
    status: int = 0
    facts: dict[str, Any] = field(default_factory=dict)


class Ledger:
    """Appends lines; several threads may. ``slowest_s``: how long the disk took for one, at most."""

    def __init__(self, path: Path) -> None:
        self.slowest_s = 0.0
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._lock = threading.Lock()

    def write(self, line: Line) -> None:
        """Back when the line is on the disk."""
        text = json.dumps(asdict(line), ensure_ascii=False) + "\n"
        with self._lock:
            began = time.monotonic()
            os.write(self._file, text.encode())
            os.fdatasync(self._file)
            self.slowest_s = max(self.slowest_s, time.monotonic() - began)


def read(path: Path) -> list[Line]:
    """All whole lines; there may be none yet, and the last may be in the middle of being written."""
    if not path.exists():
        return []
    whole, _newline, _begun = path.read_text().rpartition("\n")
    return [Line(**json.loads(text)) for text in whole.splitlines()]
