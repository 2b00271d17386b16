from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Event
from xml.etree import ElementTree as ET

import pytest
from django.db import connection
from django.utils import timezone
from python_calamine import CalamineWorkbook

from tests.cast import a_member
from unionhall.base.errors import Refused
from unionhall.base.exports import actions as exports
from unionhall.base.exports.invariants import INVARIANTS
from unionhall.base.exports.lists import AT_A_TIME, Found, ListColumn, ListToExport
from unionhall.base.exports.models import Export
from unionhall.base.exports.queries import exports_of, last_choice
from unionhall.base.ledger.models import Entry
from unionhall.people.members.exports import ROLL
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Union
from unionhall.site.export_lists import LISTS, scope_of, who_asked

pytestmark = pytest.mark.django_db


def asked(by, listed=ROLL, *, file_format="xlsx", columns=("name", "joined_on"), filters=None):
    said = filters or {}
    return exports.ask_for(
        listed,
        listed.find(by, said),
        by=by,
        filters=said,
        columns=columns,
        purpose="gifts",
        file_format=file_format,
    )


def written(export, lists=LISTS):
    exports.write(export.pk, lists, scope_of, who_asked)
    export.refresh_from_db()
    return export


def sheets_of(export, by):
    content = exports.fetch(export, by=by, scope=scope_of(by))
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]


def lines_of(export, by):
    content = exports.fetch(export, by=by, scope=scope_of(by))
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def made_up(rows, *columns, find=None):
    """A list of Plant 7 that holds what a test needs."""

    def found(user, _filters):
        union = Union.objects.get(name="七号厂工会")
        return Found(rows, union, union.pk, union.name)

    return ListToExport("made.up", "单子", columns, find or found, may=lambda _user: True)


def test_what_leaves_is_noted_before_it_does(plant7, bo, ann):
    export = asked(bo, filters={"q": ann.name})
    entry = Entry.objects.get(action="exports.list_exported")
    assert (entry.by_id, entry.union_id, entry.subject_id) == (bo.pk, plant7.pk, plant7.pk)
    assert entry.detail == {
        "export": export.pk,
        "list": "members.roll",
        "purpose": "gifts",
        "format": "xlsx",
        "columns": ["name", "joined_on"],
        "rows": 1,
    }
    assert export.state == Export.State.WAITING
    with pytest.raises(Refused):
        exports.fetch(export, by=bo, scope=scope_of(bo))


def test_a_workbook_has_the_chosen_columns_typed_and_a_mark(plant7, bo, ann):
    ann.memberships.update(joined_on=dt.date(2019, 3, 5))
    export = written(asked(bo, columns=["joined_on", "name"]))
    rows, mark = sheets_of(export, bo)
    assert rows == [["姓名", "入会日期"], [ann.name, dt.date(2019, 3, 5)]]
    assert mark[0] == ["来历"]
    assert mark[1][0].startswith("何立夏导出，")
    assert "用途：发慰问品" in mark[1][0]
    assert (export.state, export.written, export.rows) == ("done", 1, 1)


@pytest.mark.parametrize("name", ["何立夏", "=cmd|'/c calc'!A0", '<b>&"x\x07\u202e', "𠮷" * 80])
def test_a_workbook_says_in_its_properties_who_took_it_and_what_for(plant7, bo, ann, name):
    type(bo).objects.filter(pk=bo.pk).update(name=name)
    export = written(asked(bo))
    archive = zipfile.ZipFile(io.BytesIO(exports.fetch(export, by=bo, scope=scope_of(bo))))
    told = {
        one.tag.rpartition("}")[2]: one.text
        for one in ET.fromstring(archive.read("docProps/core.xml"))  # noqa: S314 — our own file
    }
    seen = name.replace("\x07", "").replace("\u202e", "")
    assert told["creator"] == seen
    assert told["subject"] == "发慰问品"
    assert told["description"].startswith(f"{seen}导出，")
    assert f"第 {export.pk} 号" in told["description"]


def test_a_csv_begins_with_the_mark(plant7, bo, ann):
    export = written(asked(bo, file_format="csv"))
    mark, headings, row = lines_of(export, bo)
    assert "用途：发慰问品" in mark[0]
    assert headings == ["姓名", "入会日期"]
    assert row == [ann.name, ""]


@pytest.mark.parametrize("name", ["=1+1", "@SUM(A1)", "+86", "𠮷野家", "𫍽㛃", "䶮 ", "a\x07b"])
def test_text_stays_text_and_whole(plant7, bo, name):
    listed = made_up([name], ListColumn("name", "名", lambda one: one))
    book = written(asked(bo, listed, columns=["name"]), {"made.up": listed})
    assert sheets_of(book, bo)[0][1] == [name]
    table = asked(bo, listed, columns=["name"], file_format="csv")
    cell = lines_of(written(table, {"made.up": listed}), bo)[2][0]
    assert cell == (f"'{name}" if name[0] in "=@+" else name)


def test_numbers_and_moments_of_a_csv(plant7, bo):
    moment = dt.datetime(2026, 11, 20, 1, 5, tzinfo=dt.UTC)
    columns = [
        ListColumn("n", "数", lambda _one: -5, "integer"),
        ListColumn("at", "时间", lambda _one: moment, "datetime"),
        ListColumn("on", "日", lambda _one: moment.date(), "date"),
    ]
    listed = made_up([1], *columns)
    export = asked(bo, listed, columns=["n", "at", "on"], file_format="csv")
    row = lines_of(written(export, {"made.up": listed}), bo)[2]
    assert row == ["-5", "2026-11-20 09:05", "2026-11-20"]


def test_rights_are_judged_again_when_it_is_written(plant7, bo, ann):
    export = asked(bo)
    tree.dismiss(bo.offices.get(), by=bo)
    written(export)
    assert (export.state, export.problem, export.content) == ("failed", "not_allowed", None)


def test_somebody_whose_login_was_closed_gets_nothing(plant7, bo, ann):
    export = asked(bo)
    type(bo).objects.filter(pk=bo.pk).update(is_active=False)
    assert written(export).problem == "not_allowed"


def test_a_file_is_for_its_person_under_the_rights_it_was_written_with(plant7, harbour2, bo, cai):
    a_member("周白露", plant7)
    export = written(asked(bo))
    assert list(exports_of(bo)) == [export]
    assert list(exports_of(cai)) == []
    with pytest.raises(Refused):
        exports.fetch(export, by=cai, scope=scope_of(bo))
    tree.appoint(bo, union=harbour2, role="officer")
    tree.dismiss(bo.offices.get(union=plant7), by=bo)
    with pytest.raises(Refused):
        exports.fetch(export, by=bo, scope=scope_of(bo))


def test_every_fetch_is_noted(plant7, bo, ann):
    export = written(asked(bo))
    exports.fetch(export, by=bo, scope=scope_of(bo))
    exports.fetch(export, by=bo, scope=scope_of(bo))
    fetched = Entry.objects.filter(action="exports.file_fetched", by_id=bo.pk)
    assert [one.detail["rows"] for one in fetched] == [1, 1]


def test_the_file_and_the_ledger_say_what_was_written_not_what_was_asked_for(plant7, bo, ann):
    for file_format in ("xlsx", "csv"):
        export = asked(bo, file_format=file_format)
        assert Entry.objects.filter(action="exports.list_exported").latest("pk").detail["rows"] == 1
        a_member("周白露", plant7)
        assert written(export).rows == 2
        entry = Entry.objects.filter(action="exports.file_written").latest("pk")
        assert entry.detail == {"export": export.pk, "list": "members.roll", "rows": 2}
        assert (entry.by_id, entry.union_id, entry.subject_id) == (bo.pk, plant7.pk, plant7.pk)
        tables = sheets_of(export, bo) if file_format == "xlsx" else [lines_of(export, bo)] * 2
        assert any("2 行" in str(row[0]) for row in tables[1])
        plant7.memberships.filter(member__name="周白露").delete()


def test_the_mark_says_what_it_was_narrowed_to_and_no_number(plant7, bo, ann):
    filters = {"q": ann.phone, "standing": "current", "grade": "none", "page": "7"}
    [mark], *_rows = lines_of(written(asked(bo, filters=filters, file_format="csv")), bo)
    assert mark.endswith(
        f"条件：姓名、手机尾号、手机号或证件号码：*******{ann.phone[-4:]}；会籍：在籍"
    )


def test_the_columns_of_the_last_time_are_remembered_for_each_person_and_list(plant7, bo, cai):
    asked(bo, columns=["name"], file_format="csv")
    asked(bo, columns=["name", "phone"])
    asked(bo, LISTS["unions.tree"], columns=["level"])
    last = last_choice(bo, "members.roll")
    assert (last.columns, last.format) == (["name", "phone"], "xlsx")
    assert last_choice(bo, "unions.tree").columns == ["level"]
    assert last_choice(cai, "members.roll") is None


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("=cmd|' /C calc'!A0", "cmd ' C calc'!A0 7.csv"),
        ("../../etc/passwd", "etc passwd 7.csv"),
        ("-rf @＝\t会员", "rf @＝ 会员 7.csv"),
        ("七号厂\u202e\u200b:\r\n\0会员", "七号厂 会员 7.csv"),
        ("长" * 200, "长" * 60 + " 7.csv"),
        ("...", "7.csv"),
        ("𠮷野家", "𠮷野家 7.csv"),
    ],
)
def test_a_file_has_a_name_that_every_system_takes(title, name):
    assert Export(pk=7, title=title, format="csv").file_name == name
    assert len(name.encode()) < 255


def test_filters_and_file_are_sealed(plant7, bo, ann):
    export = written(asked(bo, file_format="csv", filters={"q": ann.name}))
    with connection.cursor() as cursor:
        cursor.execute("SELECT filters, content FROM exports_export WHERE id = %s", [export.pk])
        kept = [bytes(value) for value in cursor.fetchone()]
    assert not any(ann.name.encode() in value or b"name" in value for value in kept)


def test_too_many_rows_are_refused(plant7, bo):
    listed = made_up(range(exports.MOST_ROWS + 1), ListColumn("n", "数", lambda one: one))
    with pytest.raises(Refused, match="没有导出") as refusal:
        asked(bo, listed, columns=["n"])
    assert "500,000" in refusal.value.why
    assert not Entry.objects.filter(action="exports.list_exported").exists()


def test_progress_is_seen_while_it_is_written(plant7, bo):
    seen = []

    def value(one):
        if one == AT_A_TIME:
            seen.append(Export.objects.get().written)
        return one

    listed = made_up(range(AT_A_TIME + 1), ListColumn("n", "数", value, "integer"))
    export = written(asked(bo, listed, columns=["n"]), {"made.up": listed})
    assert seen == [AT_A_TIME]
    assert export.written == AT_A_TIME + 1


class Killed(BaseException):
    """What a worker that dies in the middle leaves behind: a row that runs."""


def test_a_worker_that_dies_is_followed_by_another(plant7, bo):
    dies = [True]

    def value(one):
        if dies and one == 2:
            raise Killed
        return one

    listed = made_up(range(5), ListColumn("n", "数", value, "integer"))
    export = asked(bo, listed, columns=["n"])
    with pytest.raises(Killed):
        written(export, {"made.up": listed})
    assert exports.write(export.pk, {"made.up": listed}, scope_of, who_asked) == 0, (
        "its lease still holds"
    )
    Export.objects.update(leased_until=timezone.now() - dt.timedelta(seconds=1))
    dies.clear()
    assert exports.write_waiting({"made.up": listed}, scope_of, who_asked) == 1
    export.refresh_from_db()
    assert (export.state, export.turn) == ("done", 2)
    assert sheets_of(export, bo)[0] == [["数"], *[[n] for n in range(5)]]
    assert exports.write_waiting({"made.up": listed}, scope_of, who_asked) == 0, (
        "once written is enough"
    )


def test_a_worker_that_was_overtaken_leaves_the_file_alone(plant7, bo):
    def value(one):
        Export.objects.update(turn=7, state="done", content="dG9s")
        return one

    listed = made_up([1], ListColumn("n", "数", value, "integer"))
    export = asked(bo, listed, columns=["n"])
    assert exports.write(export.pk, {"made.up": listed}, scope_of, who_asked) == 0
    export.refresh_from_db()
    assert (export.state, export.content) == ("done", "dG9s")


def test_what_kills_every_worker_is_given_up(plant7, bo, ann):
    export = asked(bo)
    Export.objects.update(turn=exports.TURNS)
    assert written(export).problem == "failed"


def test_a_list_that_breaks_stops_no_other(plant7, bo, ann, caplog):
    broken = made_up([1], ListColumn("n", "数", lambda one: one / 0))
    first, second = asked(bo, broken, columns=["n"]), asked(bo)
    assert exports.write_waiting({**LISTS, "made.up": broken}, scope_of, who_asked) == 2
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.problem, second.state) == ("failed", "done")
    assert "could not be written" in caplog.text


def test_after_a_week_the_file_is_gone_and_after_a_month_that_there_was_one(plant7, bo, ann):
    old, new = written(asked(bo)), written(asked(bo))
    Export.objects.filter(pk=old.pk).update(asked_at=timezone.now() - dt.timedelta(days=8))
    assert exports.forget_old() == 1
    old.refresh_from_db()
    assert (old.state, old.content) == ("expired", None)
    with pytest.raises(Refused):
        exports.fetch(old, by=bo, scope=scope_of(bo))
    assert exports.forget_old() == 0
    Export.objects.filter(pk=old.pk).update(asked_at=timezone.now() - dt.timedelta(days=31))
    exports.forget_old()
    assert list(Export.objects.all()) == [new]


# == Several workers ==


@pytest.fixture
def short_lease(monkeypatch):
    monkeypatch.setattr(exports, "LEASE", dt.timedelta(seconds=1.5))
    monkeypatch.setattr(exports, "RENEWED", dt.timedelta(seconds=0.1))


class Slow:
    """A list whose first worker is at one step for as long as a test needs."""

    def __init__(self):
        self.began, self.may_end, self.begun = Event(), Event(), count()
        self.listed = made_up([1], ListColumn("n", "数", self.value, "integer"))
        self.lists = {"made.up": self.listed}

    def value(self, _row):
        nth = next(self.begun)
        if nth == 0:
            self.began.set()
            assert self.may_end.wait(30)
        return nth

    def work(self, export):
        try:
            return exports.write(export.pk, self.lists, scope_of, who_asked)
        finally:
            connection.close()


def until_the_first_lease_would_have_run_out(export):
    """By the clock that decides."""
    first = Export.objects.get(pk=export.pk).leased_until
    while timezone.now() <= first + dt.timedelta(seconds=0.2):
        pass
    return first


@pytest.mark.django_db(transaction=True)
def test_a_worker_keeps_what_it_writes_for_as_long_as_it_takes(plant7, bo, ann, short_lease):
    slow = Slow()
    export = asked(bo, slow.listed, columns=["n"])
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(slow.work, export)
        assert slow.began.wait(30)
        until_the_first_lease_would_have_run_out(export)
        assert list(pool.map(slow.work, [export] * 3)) == [0, 0, 0]
        slow.may_end.set()
        assert first.result() == 1
    export.refresh_from_db()
    assert (export.state, export.turn) == ("done", 1)
    assert sheets_of(export, bo)[0] == [["数"], [0]]


@pytest.mark.django_db(transaction=True)
def test_without_renewal_it_is_taken_away_and_the_late_file_thrown_away(
    plant7, bo, ann, short_lease, monkeypatch
):
    """The negative control of the former, and the second line of defence."""
    monkeypatch.setattr(exports, "RENEWED", dt.timedelta(hours=1))
    slow = Slow()
    export = asked(bo, slow.listed, columns=["n"])
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(slow.work, export)
        assert slow.began.wait(30)
        until_the_first_lease_would_have_run_out(export)
        assert sorted(pool.map(slow.work, [export] * 3)) == [0, 0, 1]
        slow.may_end.set()
        assert first.result() == 0
    export.refresh_from_db()
    assert (export.state, export.turn) == ("done", 2)
    assert sheets_of(export, bo)[0] == [["数"], [1]], "of the one that holds the lease"
    assert Entry.objects.filter(action="exports.file_written").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_at_once_one_writes(plant7, bo, ann):
    export = asked(bo)

    def work(_nth):
        try:
            return exports.write(export.pk, LISTS, scope_of, who_asked)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == 1
    export.refresh_from_db()
    assert (export.state, export.turn) == ("done", 1)


# == Invariants ==


def test_a_file_that_is_kept_too_long_is_found(ann, bo):
    export = written(asked(bo))
    (kept,) = INVARIANTS
    assert not list(kept.offenders())
    Export.objects.update(asked_at=timezone.now() - dt.timedelta(days=9))
    assert list(kept.offenders()) == [f"export {export.pk}"]
    exports.forget_old()
    assert not list(kept.offenders())
