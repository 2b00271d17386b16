"""How full this process is, noted for Prometheus: turns and connections."""

from __future__ import annotations

from django.db import connection

from unionhall.base import metrics
from unionhall.site.turns import of_this_process


def gauge_this_process() -> None:
    """As it is now."""
    if turns := of_this_process():
        metrics.AT_WORK.set(turns.at_work)
        metrics.IN_LINE.set(turns.in_line)
    if connection.settings_dict["OPTIONS"].get("pool"):
        stats = connection.pool.get_stats()
        free = stats.get("pool_available", 0)
        metrics.POOL.labels("free").set(free)
        metrics.POOL.labels("in_use").set(stats.get("pool_size", 0) - free)
        metrics.POOL.labels("waited_for").set(stats.get("requests_waiting", 0))
