"""Each check of the doctor is shown the thing broken that it looks after, and is held to its line."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import translation

from tests.attacks.planting import SAID
from unionhall.base.ledger import actions as ledger
from unionhall.base.ledger.models import Seal
from unionhall.people.members.models import RollImport
from unionhall.site.doctor import database, machine, work
from unionhall.site.doctor.examination import CHECKS, examine
from unionhall.site.doctor.findings import Finding
from unionhall.site.operators import readiness
from unionhall.site.tests.test_operators import ALIVE, run
from unionhall.site.worker import SWEEPS

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def well(settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, eve: Any) -> Any:
    """An installation of which nothing is to be said, but for what is not ours to change here: role, disk, calendar."""
    settings.DATA, settings.LEDGER_ANCHOR = tmp_path, tmp_path / "anchor.txt"
    settings.HTTPS, settings.PROXIES, settings.ALLOWED_HOSTS = True, 1, ["union.example.org"]
    settings.TEST_IDS, settings.DEMO, settings.DEBUG = False, False, False
    monkeypatch.delenv("UNIONHALL_SECRET_KEY", raising=False)
    monkeypatch.setenv("UNIONHALL_BACKUPS", str(tmp_path / "backups"))
    (tmp_path / "keys.json").touch(mode=0o600)
    back_up(tmp_path, dt.datetime.now(dt.UTC))
    (tmp_path / "anchor.txt").touch()
    run(*ALIVE[:3])
    for sweep in SWEEPS:
        run(due(sweep.name, 0))
    type(eve).objects.filter(pk=eve.pk).update(is_staff=False)
    return settings


def due(name: str, seconds_ago: int) -> str:
    return (
        "INSERT INTO procrastinate_periodic_defers (task_name, defer_timestamp, periodic_id)"
        f" VALUES ('{name}', extract(epoch FROM clock_timestamp())::bigint - {seconds_ago}, '')"
    )


def back_up(folder: Path, ended: dt.datetime) -> None:
    kept = folder / "backups/20261120T033000Z"
    kept.mkdir(parents=True, exist_ok=True)
    (kept / "manifest.json").write_text(json.dumps({"ended_at": ended.isoformat()}))


NOT_OURS = {"role", "disk", "holidays", "messages"}


def test_of_a_house_that_is_well_nothing_is_said(well):
    found = dict(examine())
    assert {name: one.said for name, one in found.items() if one.state != "ok"}.keys() <= NOT_OURS
    assert list(found) == list(CHECKS)


def set_to(**values: object) -> Callable[[Any, Path, Any], None]:
    def break_it(settings: Any, _folder: Path, _patch: Any) -> None:
        for name, value in values.items():
            setattr(settings, name, value)

    return break_it


def say(*statements: str) -> Callable[[Any, Path, Any], None]:
    return lambda _settings, _folder, _patch: run(*statements)


def patched(where: Any, name: str, value: object) -> Callable[[Any, Path, Any], None]:
    return lambda _settings, _folder, patch: patch.setattr(where, name, value)


def on_disk(change: Callable[[Path], object]) -> Callable[[Any, Path, Any], None]:
    return lambda _settings, folder, _patch: change(folder) and None


def a_false_anchor(folder: Path) -> None:
    (folder / "anchor.txt").write_text(f"1 1 {'0' * 64}\n")


def a_late_anchor(_folder: Path) -> None:
    ledger.record_of_the_house("ledger.keys_rotated", rows=1)
    Seal.objects.create(
        number=1, first_id=1, last_id=1, count=1, digest="0" * 64, chained="0" * 64,
        sealed_at=dt.datetime.now(dt.UTC) - DAY,
    )  # fmt: skip


def a_job_that_hangs() -> tuple[str, ...]:
    return (
        "INSERT INTO procrastinate_jobs (id, queue_name, task_name, status) VALUES (-1, 'default', 'a.sweep', 'doing')",
        "INSERT INTO procrastinate_events (job_id, type, at) VALUES (-1, 'started', now() - interval '1 day')",
    )


BROKEN = [
    ("keys", "bad", "没有密钥文件", on_disk(lambda folder: (folder / "keys.json").unlink())),
    ("keys", "bad", "别人也能读", on_disk(lambda folder: (folder / "keys.json").chmod(0o640))),
    ("disk", "bad", "快写不下了", patched(machine, "lowest_free_bytes", lambda: 1 << 60)),
    ("disk", "warn", "不到三分之一", patched(machine, "ROOMY_PART", 1.0)),
    ("files", "bad", "缺文件：none.css", patched(machine, "NEEDED", ["ui.css", "none.css"])),
    ("front", "bad", "UNIONHALL_DEBUG", set_to(DEBUG=True)),
    ("front", "bad", "UNIONHALL_TEST_IDS", set_to(TEST_IDS=True)),
    ("front", "warn", "UNIONHALL_DEMO", set_to(DEMO=True)),
    ("front", "bad", "UNIONHALL_HTTPS", set_to(HTTPS=False)),
    ("front", "bad", "UNIONHALL_PROXIES", set_to(PROXIES=0)),
    ("front", "bad", "只有本机", set_to(ALLOWED_HOSTS=["localhost"])),
    ("front", "bad", "谁都能冒名", set_to(ALLOWED_HOSTS=["*"])),
    ("front", "bad", "/metrics", patched(machine, "_is_open_to_all", lambda: True)),
    ("cores", "warn", "互相抢", set_to(WEB_WORKERS=500)),
    ("postgresql", "bad", "要 99 或更新", patched(database, "OLDEST", 99)),
    ("migrations", "bad", "ledger.0001", say("DELETE FROM django_migrations WHERE app = 'ledger' AND name LIKE '0001%'")),
    ("guards", "bad", "ledger_refuses_changes", say("ALTER TABLE ledger_entry DISABLE TRIGGER ledger_refuses_changes")),
    ("cache", "bad", "缺一张表", say("ALTER TABLE accounts_cache RENAME TO gone")),
    ("clock", "bad", "和数据库差", patched(database, "now_in_database", lambda: dt.datetime.now(dt.UTC) - DAY)),
    ("clock", "warn", "和数据库差", patched(database, "now_in_database", lambda: dt.datetime.now(dt.UTC) - DAY / 8640)),
    ("time_zone", "bad", "不认得时区", patched(database, "ZONE_USED", "SELECT now() AT TIME ZONE 'Mars/' || %s")),
    ("connections", "bad", "个连接", set_to(WEB_WORKERS=500)),
    ("sizes", "warn", "死行", patched(database, "BLOATED", "SELECT 'a_table'")),
    ("old_keys", "warn", "旧密钥", set_to(FIELD_KEYS={1: "a", 2: "b"})),
    ("backup", "bad", "没有备份", on_disk(lambda folder: (folder / "backups/20261120T033000Z/manifest.json").unlink())),
    ("backup", "warn", "30 小时", on_disk(lambda folder: back_up(folder, dt.datetime.now(dt.UTC) - DAY * 1.25))),
    ("backup", "bad", "240 小时", on_disk(lambda folder: back_up(folder, dt.datetime.now(dt.UTC) - DAY * 10))),
    ("backup", "bad", "文件读不了", on_disk(lambda folder: (folder / "backups/20261120T033000Z/manifest.json").chmod(0))),
    ("anchor", "bad", "没有台账的锚文件", on_disk(lambda folder: (folder / "anchor.txt").unlink())),
    ("anchor", "bad", "对不上", on_disk(a_false_anchor)),
    ("anchor", "warn", "没有写进锚文件", on_disk(a_late_anchor)),
    ("worker", "bad", "没有在跑", say("DELETE FROM procrastinate_workers")),
    ("worker", "bad", "没有排过活", say("UPDATE procrastinate_periodic_defers SET defer_timestamp = 0")),
    ("sweeps", "warn", SWEEPS[1].name, say(f"DELETE FROM procrastinate_periodic_defers WHERE task_name = '{SWEEPS[1].name}'")),
    ("sweeps", "warn", "还没完：a.sweep", say(*a_job_that_hangs())),
    ("holidays", "bad", "算不准了", patched(work.constants, "holidays", {dt.date(2020, 1, 1): 1})),
    ("second_factors", "warn", "有 1 位", say("UPDATE accounts_user SET is_staff = true")),
]  # fmt: skip
AS_ROOT = {"文件读不了"}  # who is root reads all


@pytest.mark.parametrize(("name", "state", "said", "break_it"), BROKEN)
def test_what_is_broken_is_said_and_what_to_do(
    well, tmp_path, monkeypatch, name, state, said, break_it
):
    if said in AS_ROOT:
        monkeypatch.setattr(Path, "read_text", unreadable)
        break_it = on_disk(lambda _folder: None)
    break_it(well, tmp_path, monkeypatch)
    found = dict(examine())[name]
    assert found.state == state, found.said
    assert said in found.said
    assert found.next


def unreadable(self: Path, *_args: object, **_options: object) -> str:
    raise PermissionError(13, "Permission denied", str(self))


def test_every_check_was_seen_to_fail():
    """But for those that ask what cannot be broken here, which have a test of their own."""
    own = {"role", "messages", "imports"}
    assert {name for name, _state, _said, _break in BROKEN} | own == CHECKS.keys()


def test_a_role_that_may_do_anything_is_told(well):
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        (is_super,) = cursor.fetchone()
    assert dict(examine())["role"].state == ("bad" if is_super else "warn"), "tests own the tables"


def test_an_ordinary_role_is_well_and_the_owner_of_the_ledger_is_told(well):
    if not may_make_roles():
        assert database.role().state == "warn", "the tests' own role owns the ledger"
        return
    run(
        "CREATE ROLE doctor_seen_by",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO doctor_seen_by",
    )
    run("SET LOCAL ROLE doctor_seen_by")
    assert database.role().state == "ok"


def may_make_roles():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
        )
        return cursor.fetchone()[0]


def test_a_channel_that_is_not_set_up_is_told(well):
    well.SMS_VENDOR = "unionhall.kernel.notify.sms.console.Console"
    assert dict(examine())["messages"].state == "warn"
    well.NOTIFY_CHANNELS = {"sms": "unionhall.nowhere.Sms"}
    assert dict(examine())["messages"].state == "bad"


def test_an_import_that_stands_still_is_told(well, plant7):
    roll = RollImport.objects.create(union=plant7, file_name="名册", as_of=dt.date(2026, 11, 20))
    assert dict(examine())["imports"].state == "ok"
    RollImport.objects.filter(pk=roll.pk).update(created_at=roll.created_at - work.STUCK * 2)
    assert "有 1 份" in dict(examine())["imports"].said


def test_a_database_that_is_away_leaves_the_other_checks(well):
    def away(*_asked: object) -> object:
        raise OperationalError("gone")

    with connection.execute_wrapper(away):
        found = dict(examine())
    assert (found["worker"].state, "没法查" in found["worker"].said) == ("bad", True)
    assert found["keys"].state == "ok"


def told(*words: str) -> tuple[str, int]:
    out, code = io.StringIO(), 0
    try:
        call_command("doctor", *words, stdout=out)
    except SystemExit as ended:
        code = int(str(ended.code))
    return out.getvalue(), code


def test_the_command_says_a_line_per_check_and_ends_with_1_if_something_is_bad(
    well, tmp_path, monkeypatch
):
    monkeypatch.setattr(database, "role", lambda: Finding("ok", "fine"))
    monkeypatch.setitem(CHECKS, "role", database.role)
    monkeypatch.setattr(machine, "lowest_free_bytes", lambda: 0)
    text, code = told("--language", "zh-hans")
    assert code == 0, text
    assert text.count("\nok  ") + text.startswith("ok  ") >= 19
    (tmp_path / "keys.json").chmod(0o644)
    text, code = told("--language", "zh-hans")
    assert (code, "BAD   keys" in text, "chmod 600" in text) == (1, True, True)


def test_the_command_tells_a_program(well):
    found = json.loads(told("--json")[0])
    assert [one["check"] for one in found] == list(CHECKS)
    assert all(set(one) == {"check", "state", "said", "next"} for one in found)


def test_in_english_there_is_no_chinese_left(well, tmp_path, monkeypatch):
    (tmp_path / "keys.json").unlink()
    text, _code = told("--language", "en")
    assert not SAID.search(text), text
    with translation.override("en"):
        assert not SAID.search(" ".join(one.said + one.next for _name, one in examine()))


def test_a_disk_is_measured_where_the_data_are(well, tmp_path):
    assert readiness.free_bytes() > 0
    assert readiness.lowest_free_bytes() <= readiness.FREE_BYTES
