"""All checks of an installation, in the order in which one mends: what others stand on comes first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from unionhall.site.doctor import database, machine, work
from unionhall.site.doctor.findings import Finding, bad, type_of_check

CHECKS: dict[str, type_of_check] = {
    "keys": machine.keys,
    "disk": machine.disk,
    "files": machine.static_files,
    "front": machine.front,
    "cores": machine.cores,
    "postgresql": database.version,
    "role": database.role,
    "migrations": database.migrations,
    "guards": database.guards,
    "cache": database.cache_table,
    "clock": database.clock,
    "time_zone": database.time_zone,
    "connections": database.connections,
    "sizes": database.sizes,
    "old_keys": database.old_keys,
    "backup": machine.backup,
    "anchor": machine.ledger_anchor,
    "worker": work.worker,
    "sweeps": work.sweeps,
    "messages": work.messages,
    "imports": work.imports,
    "second_factors": work.second_factors,
    "holidays": work.holidays,
}


WITHOUT_A_DATABASE = {"keys", "disk", "files", "front", "cores", "backup"}


def examine() -> Iterator[tuple[str, Finding]]:
    """Each check by its name. What cannot be checked does not keep the others from it."""
    for name, check in CHECKS.items():
        yield name, _found(name, check)


def _found(name: str, check: type_of_check) -> Finding:
    kept = nullcontext() if name in WITHOUT_A_DATABASE else transaction.atomic()
    try:
        with kept:
            return check()
    except DatabaseError:
        return bad(
            _("数据库没有应答，或者缺表，这一项没法查。"),
            _("看 DATABASE_URL 写对没有、数据库开没开；新的数据库先运行 bin/manage migrate。"),
        )
    except OSError as error:
        said = _("文件读不了：{what}。").format(what=f"{error.strerror} {error.filename or ''}")
        return bad(said, _("看这个文件归谁、在不在。"))
