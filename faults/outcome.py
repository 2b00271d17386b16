"""What one fault came to, as a line of the table and as an object."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

RESTART_S, RESOLVED_S = 5.0, 10.0  # the bar: longest restart, longest time in which nobody knew
HEAD = (
    f"{'fault':<26}{'times':>6}{'acked':>8}{'lost':>6}{'unknown':>9}{'resolved':>9}"
    f"{'slowest':>9}{'restart':>9}  control"
)
GOALS = (
    f"{'goal':<32}{'':>8}{'0':>6}{'':>9}{'100 %':>9}"
    f"{f'{RESOLVED_S:.0f} s':>9}{f'{RESTART_S:.0f} s':>9}  not 0"
)
SHOWN = 5


@dataclass
class Outcome:
    """``lost`` counts all offences. ``control``: what the negative control lost, which must not be 0.

    ``slowest_s``: the longest time in which somebody did not know. ``restart_s``: the longest from
    a kill to the next answer, detection included. ``drained_s``: until all messages that were due
    had been delivered, after the crowd had gone. ``disk_s``: what the disk took for one line of the
    ledger outside, at most. Both are told and not judged. ``timed``: whether these two decide.
    ``skipped``: why it could not be tried here.
    """

    fault: str
    times: int = 0
    acknowledged: int = 0
    unknown: int = 0
    resolved: int = 0
    slowest_s: float = 0.0
    restart_s: float | None = None
    offences: list[str] = field(default_factory=list)
    control: int | None = None
    controlled_by: str = ""
    said: str = ""
    skipped: str = ""
    timed: bool = True
    drained_s: float = 0.0
    disk_s: float = 0.0

    @property
    def ok(self) -> bool:
        """Nothing lost, everything resolved, a control that fails as it must; and in time."""
        whole = not self.offences and self.resolved == self.unknown and self.control != 0
        return bool(self.skipped) or (whole and (self.in_time or not self.timed))

    @property
    def in_time(self) -> bool:
        """Whether both times are within the bar."""
        return (self.restart_s or 0) <= RESTART_S and self.slowest_s <= RESOLVED_S

    def as_json(self) -> str:
        """One object on one line."""
        numbers = {"lost": len(self.offences), "in_time": self.in_time, "ok": self.ok}
        return json.dumps(asdict(self) | numbers, ensure_ascii=False)

    def as_lines(self) -> str:
        """For people: the line of the table, what was said, and the first offences."""
        if self.skipped:
            return f"{self.fault:<26}not possible here: {self.skipped}"
        restart = "-" if self.restart_s is None else f"{self.restart_s:.2f} s"
        control = "-" if self.control is None else f"{self.controlled_by}: {self.control}"
        line = (
            f"{self.fault:<26}{self.times:>6}{self.acknowledged:>8}{len(self.offences):>6}"
            f"{self.unknown:>9}{self.resolved:>9}{self.slowest_s:>7.1f} s{restart:>9}  {control}"
        )
        late = "" if self.in_time else "  late"
        drained = f"all messages out {self.drained_s:.0f} s after" if self.drained_s > 1 else ""
        disk = f"the disk took {self.disk_s:.1f} s for one line" if self.disk_s > 1 else ""
        more = [f"    {said}" for said in (self.said, drained, disk) if said]
        more += [f"    OFFENCE {offence}" for offence in self.offences[:SHOWN]]
        return "\n".join([line + (late if self.ok else f"{late}  FAILED"), *more])
