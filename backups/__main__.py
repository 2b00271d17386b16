"""``bin/backup`` and ``bin/restore``."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from backups import dumps, making, rehearsing, restoring, sets
from backups.sums import BackupError, OccupiedError
from unionhall.base import provisions
from unionhall.base.embedded import EmbeddedError
from unionhall.base.embedded.archive import log_of
from unionhall.base.ledger import anchor

if TYPE_CHECKING:
    from unionhall.base.embedded import Server

KEPT_DAYS, KEPT_AT_LEAST = 30, 2
GIVEN_SERVER: Final = (
    "DATABASE_URL names a server that others run; its log is theirs to keep, so that Unionhall can "
    "dump one moment of it, not go back to any: bin/backup --dump. For any moment, keep its log as "
    "docs/howto/run-on-a-server.md says."
)


def main(words: list[str]) -> int:
    """The exit code: 0 if all is well, 75 (sysexits.h: try again) if somebody else makes a backup."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "unionhall.site.settings")
    command, options = words[0], read(words)
    data = provisions.data_folder()
    folder = provisions.backups_folder(data)
    try:
        if command == "restore" and not options.rehearse:
            return bring_back(options, data)
        with provisions.provided() as server:
            if command == "backup":
                return keep(options, server, data, folder)
            return rehearse(options, server, data, folder)
    except (BackupError, EmbeddedError, provisions.ProvisionError) as error:
        print(error, file=sys.stderr)
        return os.EX_TEMPFAIL if isinstance(error, OccupiedError) else 1


def read(words: list[str]) -> argparse.Namespace:
    """The options of either."""
    parser = argparse.ArgumentParser(prog="bin")
    commands = parser.add_subparsers(dest="command", required=True)
    backup = commands.add_parser("backup", description="Keep all but the keys.")
    backup.add_argument("--files", action="store_true", help="only new private files; each minute")
    backup.add_argument("--dump", action="store_true", help="one moment, of any server")
    backup.add_argument("--days", type=int, default=KEPT_DAYS, help="older backups are let go")
    backup.add_argument(
        "--at-least", type=int, default=KEPT_AT_LEAST, help="but so many of each house stay"
    )
    restore = commands.add_parser("restore", description="Bring a backup into a new data folder.")
    restore.add_argument("backup", nargs="?", type=Path, help="the folder of one backup")
    restore.add_argument("--to", type=moment, help="2026-11-23T11:30:00+08:00; else the last one")
    restore.add_argument("--into", type=Path, help="the new data folder")
    restore.add_argument("--keys", type=Path, help="keys.json, which is never in a backup")
    restore.add_argument("--rehearse", action="store_true", help="restore elsewhere, and compare")
    return parser.parse_args(words)


def moment(text: str) -> dt.datetime:
    """A moment that says which zone it is of."""
    read_as = dt.datetime.fromisoformat(text)
    if read_as.tzinfo is None:
        raise argparse.ArgumentTypeError("say the zone, too: 2026-11-23T11:30:00+08:00")
    return read_as.astimezone(dt.UTC)


def keep(options: argparse.Namespace, server: Server | None, data: Path, folder: Path) -> int:
    """Makes a backup, then lets old ones go."""
    if options.files:
        with making.alone(folder, patience_s=0):  # it comes again in a minute
            kept = making.copy_files(data / sets.FILES, folder / sets.FILES)
        print(f"{len(kept)} private files are kept in {folder / sets.FILES}")
        return 0
    if server is not None and not options.dump:
        made = making.back_up(server, data, folder)
    elif options.dump:
        url = os.environ.get("DATABASE_OWNER_URL") or os.environ["DATABASE_URL"]
        made = dumps.dump(url, data, folder)
    else:
        raise BackupError(GIVEN_SERVER)
    old = dt.datetime.now(dt.UTC) - dt.timedelta(days=options.days)
    gone = sets.let_go(folder, older_than=old, but=max(1, options.at_least))
    tell_of(made)
    print(f"{len(gone)} old backups were let go.")
    return 0


def tell_of(made: sets.Backup) -> None:
    """Prints where it is, and what it lacks."""
    size = sum(path.stat().st_size for path in made.folder.rglob("*") if path.is_file())
    print(f"{made.folder}: {size / 1e6:.0f} MB, {len(made.manifest.files)} private files")
    print("The keys are not in it: keep keys.json apart, or nobody will ever read this.")


def rehearse(options: argparse.Namespace, server: Server | None, data: Path, folder: Path) -> int:
    """The exit code: 0 if nothing is off."""
    given = sets.Backup(options.backup.resolve()) if options.backup else None
    log = log_of(server.place.cluster) if server else rehearsing.NO_LOG
    chosen = given or rehearsing.newest(folder, options.to, log=log)
    with making.alone(chosen.folder.parent):
        if chosen.is_dump:
            off = rehearsing.rehearse_dump(chosen, data)
        elif server is None:
            raise BackupError(GIVEN_SERVER)
        else:
            off = rehearsing.rehearse(chosen, server, data, options.to)
    print(f"rehearsal: {off} things are off" if off else "rehearsal: all came back")
    return min(off, 1)


def bring_back(options: argparse.Namespace, data: Path) -> int:
    """Restores; the exit code is 1 if a private file could not be had."""
    if options.backup is None or not (options.backup / sets.MANIFEST).exists():
        raise BackupError("Name the folder of a backup, with a manifest.json: bin/restore DIR")
    backup = sets.Backup(options.backup.resolve())
    if rehearsing.tell("backup", sets.problems_of_itself(backup)):
        raise BackupError("This backup is not as it was made: take an older one.")
    rehearsing.tell("log: nothing after this can be had", sets.problems_of_its_log(backup)[:1])
    into = options.into or data.with_name(f"{data.name}-{dt.datetime.now(dt.UTC):{sets.NAME}}")
    into = into.resolve()
    beside = data / "keys.json"
    key_file = options.keys or (beside if beside.exists() else None)  # else from the environment
    told = restoring.restore(backup, into, to=options.to, key_file=key_file)
    print(f"restored into {into}: look at it by UNIONHALL_DATA={into}")
    if os.environ.pop("UNIONHALL_ANCHOR", ""):  # the living house's
        print(f"Its anchor is {into / anchor.NAME}: let UNIONHALL_ANCHOR name that, or nothing.")
    off = rehearsing.tell("files", told)
    tell_of(restoring.begin_anew(into, provisions.backups_folder(into)))
    return min(off, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
