"""When a sweep is due: by the clock of the database, however wrong that of the worker's machine is.

The queue's own schedule asks the machine. Set back by two hours it stood still for two hours; set ahead, it made up for
every two seconds that it seemed to have missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from procrastinate import App, periodic

NOW = "SELECT extract(epoch FROM clock_timestamp())::float8 AS moment"


class NewestOnly(periodic.PeriodicDeferrer):
    """Of each sweep the newest time, once; two workers agree by a row for each time."""

    def get_previous_tasks(self, at: float) -> Iterable[periodic.TaskAtTime]:
        """What became due since the last look; what was due long before the first one is let go."""
        for key, task in self.registry.periodic_tasks.items():
            moment = round(task.croniter.get_prev(ret_type=float, start_time=at))
            before = self.last_defers.get(key)
            self.last_defers[key] = moment
            if before != moment and (before or at - moment <= self.max_delay):
                yield task, moment


class ByTheDatabase(NewestOnly):
    """Asks the database what time it is."""

    def __init__(self, app: App, registry: periodic.PeriodicRegistry) -> None:
        super().__init__(registry)
        self.connector = app.connector

    async def worker(self) -> None:
        """Until the worker is stopped; ends it when the database is away, as any of its tasks does."""
        while True:
            row = await self.connector.execute_query_one_async(NOW)
            now: float = row["moment"]
            await self.defer_jobs(self.get_previous_tasks(at=now))
            await self.wait(next_tick=self.get_next_tick(at=now))


def tick_by_the_database(app: App) -> None:
    """From now on. The worker makes its schedule itself, and offers no other way to give it ours."""
    vars(periodic)["PeriodicDeferrer"] = partial(ByTheDatabase, app)
