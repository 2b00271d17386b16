"""Makes a cluster with its roles: one owns the tables; the application's owns nothing."""

from __future__ import annotations

import json
import secrets
import shutil
from typing import TYPE_CHECKING, Final

from unionhall.base.embedded.archive import name_log
from unionhall.base.embedded.place import make_private
from unionhall.base.embedded.programs import run, shown_cluster

if TYPE_CHECKING:
    from pathlib import Path

    from unionhall.base.embedded.place import Place
    from unionhall.base.embedded.programs import Installation

DATABASE: Final = "unionhall"
SUPERUSER, OWNER, APP = "postgres", "unionhall_owner", "unionhall_app"
BUILTIN_LOCALES_SINCE: Final = 17


def passwords_in(folder: Path) -> dict[str, str]:
    """Role to password; generated once, written whole or not at all, readable by us alone."""
    path = folder / "passwords.json"
    if not path.exists():
        fresh = {role: secrets.token_urlsafe(24) for role in (SUPERUSER, OWNER, APP)}
        part = path.with_suffix(".part")
        part.touch(mode=0o600)
        part.write_text(json.dumps(fresh))
        part.replace(path)
    return dict(json.loads(path.read_text()))


def make_cluster(place: Place, installation: Installation, passwords: dict[str, str]) -> None:
    """Makes the cluster beside its place, moves it there when whole. Raises EmbeddedError."""
    part = place.folder / f"{place.version}.part"
    shutil.rmtree(part, ignore_errors=True)
    make_private(part)
    here = ["-D", str(shown_cluster(place))]
    locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if installation.version < BUILTIN_LOCALES_SINCE:
        locale = ["--locale=C.UTF-8"]
    run(
        place,
        installation,
        part,
        ["initdb", *here, "-U", SUPERUSER, "-E", "UTF8", "--auth=reject", *locale],
        "",
    )
    run(place, installation, part, ["postgres", "--single", *here, "postgres"], roles(passwords))
    run(place, installation, part, ["postgres", "--single", *here, DATABASE], privileges())
    admit_known_roles(part)
    name_log(part)
    part.rename(place.cluster)


def admit_known_roles(cluster: Path) -> None:
    """Whoever knows a password; a backup is read by the superuser (clusters of old forbade it)."""
    (cluster / "pg_hba.conf").write_text(
        f"local all all scram-sha-256\nlocal replication {SUPERUSER} scram-sha-256\n"
    )


def roles(passwords: dict[str, str]) -> str:
    """One statement a line, as the single-user mode reads them."""
    return (
        f"ALTER ROLE {SUPERUSER} PASSWORD '{passwords[SUPERUSER]}'\n"
        f"CREATE ROLE {OWNER} LOGIN CREATEDB PASSWORD '{passwords[OWNER]}'\n"
        f"CREATE ROLE {APP} LOGIN PASSWORD '{passwords[APP]}'\n"
        f"GRANT {APP} TO {OWNER}\n"  # who may do more may also try out how little the other may do
        f"CREATE DATABASE {DATABASE} OWNER {OWNER}\n"
        f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC\n"
        f"GRANT CONNECT ON DATABASE {DATABASE} TO {APP}\n"
    )


def privileges() -> str:
    """What the application may do with every table that the owner will ever make."""
    default = f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public"
    return (
        f"GRANT USAGE ON SCHEMA public TO {APP}\n"
        f"{default} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP}\n"
        f"{default} GRANT USAGE, SELECT ON SEQUENCES TO {APP}\n"
    )
