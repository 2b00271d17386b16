from __future__ import annotations

import io
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from tests.cast import a_login, a_member, many_members
from tests.world import a_world
from unionhall.base.exports import actions as exports
from unionhall.base.exports.models import ColumnsChosen, Export
from unionhall.base.ledger.models import Entry
from unionhall.people.members import actions as members
from unionhall.people.members.tests.test_actions_rolls import a_person, a_roll, sent_in, taken_in
from unionhall.people.members.tests.test_desk import at_the_desk
from unionhall.people.unions import actions as unions
from unionhall.people.unions.tests.test_actions_import import a_list
from unionhall.site.export_lists import LISTS, write_waiting_exports

OURS, THEIRS = "甲字密语", "乙字密语"
SAID = {"purpose": "gifts", "format": "xlsx", "columns": ["name"]}

pytestmark = pytest.mark.django_db


@pytest.fixture
def bos(client, bo):
    return at_the_desk(client, bo)


def to(name, *args):
    return reverse(f"desk:{name}", args=args)


def first_sheet(response):
    return CalamineWorkbook.from_filelike(io.BytesIO(response.content)).get_sheet_by_index(0)


def test_a_short_list_comes_at_once_as_it_was_filtered(bos, plant7, ann):
    a_member("周白露", plant7)
    page = bos.get(to("export_new", "members.roll"), {"q": "周白露"})
    assert "1 行" in page.text
    response = bos.post(to("export_new", "members.roll") + "?q=周白露&page=1", SAID)
    assert first_sheet(response).to_python() == [["姓名"], ["周白露"]]
    export = Export.objects.get()
    assert f"%20{export.pk}.xlsx" in response["Content-Disposition"]
    assert export.title in bos.get(to("exports")).text


def test_numbers_are_masked(bos, ann):
    said = SAID | {"columns": ["name", "phone", "id"], "format": "csv"}
    text = bos.post(to("export_new", "members.roll"), said).content.decode("utf-8-sig")
    assert ann.name in text
    assert ann.phone not in text
    assert ann.id_number not in text


@pytest.mark.parametrize("missing", ["purpose", "columns", "format"])
def test_nothing_leaves_without_a_purpose_and_a_column(bos, ann, missing):
    said = {key: value for key, value in SAID.items() if key != missing}
    assert bos.post(to("export_new", "members.roll"), said).status_code == 422
    assert not Export.objects.exists()
    assert not Entry.objects.filter(action="exports.list_exported").exists()


def test_the_page_lays_columns_side_by_side_and_says_that_it_writes(bos, ann):
    page = bos.get(to("export_new", "members.roll")).text
    assert '<div class="ticks"><label' in page
    assert 'data-busy-text="正在写文件，写好就下载"' in page


def test_a_long_list_is_written_by_a_job(bos, plant7, ann, monkeypatch):
    monkeypatch.setattr(exports, "AT_ONCE", 2)
    many_members(4, plant7)
    response = bos.post(to("export_new", "members.roll"), SAID)
    export = Export.objects.get()
    assert response.url == to("export", export.pk)
    page = bos.get(response.url)
    assert "正在写" in page.text
    assert "every 2s" in page.text
    assert bos.post(to("export_file", export.pk)).status_code == 409
    assert write_waiting_exports() == 1
    assert "5 行写好了" in bos.get(response.url).text
    assert len(first_sheet(bos.post(to("export_file", export.pk))).to_python()) == 6


def test_a_file_is_found_by_nobody_else(client, bos, fu, ann):
    bos.post(to("export_new", "members.roll"), SAID)
    export = Export.objects.get()
    fus = at_the_desk(client, fu)
    assert fus.get(to("export", export.pk)).status_code == 404
    assert fus.post(to("export_file", export.pk)).status_code == 404
    assert export.title not in fus.get(to("exports")).text


def test_members_and_strangers_export_nothing(client, ann):
    assert client.get(to("export_new", "members.roll")).status_code == 302
    client.force_login(ann.user)
    assert client.get(to("export_new", "members.roll")).status_code == 403


def test_a_list_that_is_none_is_not_there(bos, plant7):
    assert bos.get(to("export_new", "members.secrets")).status_code == 404
    assert bos.get(to("export_new", "members.roll"), {"union": "x"}).status_code == 404
    assert bos.get(to("export_new", "lectures.people")).status_code == 404
    assert bos.get(to("export_new", "lectures.people"), {"phase": "²"}).status_code == 404


@pytest.fixture
def worlds(plant7, harbour2, ann, bo, chen, cai):
    clerks = [a_login("丁霜降"), a_login("谷大暑")]
    ours = a_world(plant7, officer=bo, member=ann, clerk=clerks[0].phone, word=OURS)
    theirs = a_world(harbour2, officer=cai, member=chen, clerk=clerks[1].phone, word=THEIRS)
    return ours, theirs


EMPTY = {
    "members.absent",
    "unions.absent",
    "programs.keys",
    "lectures.not_started",
    "unions.terms",
}  # in that world
ASKS = {
    "members.roll_rows": "roll",
    "members.absent": "roll",
    "unions.list_rows": "list",
    "unions.absent": "list",
    "quiz.import_rows": "file",
}


def filters_of(name, world, sent):
    """What the address of a page of that world says."""
    asked = {
        "lectures": {"phase": world.phase.pk},
        "quiz": {"bank": world.bank.pk},
        "roll": {"roll": world.roll_import.pk},
        "list": {"list": sent.pk},
        "file": {"file": world.bank_import.pk},
        "ledger": {"kind": "member", "thing": world.member.pk},
    }
    return "?" + urlencode(asked.get(ASKS.get(name, name.split(".")[0]), {}))


@pytest.fixture
def sent(plant7, harbour2, bo, cai, worlds):
    """A list of unions that each officer sent in; the rolls of both worlds are checked."""
    members.check_waiting_rolls()
    senders = [(OURS, plant7, bo), (THEIRS, harbour2, cai)]
    lists = [
        unions.receive_list(
            a_list((f"{word}分会", union.name, "分会")), name=f"{word}.xlsx", by=officer
        )
        for word, union, officer in senders
    ]
    unions.check_waiting_lists()
    return lists


def test_every_list_is_written_for_its_officer_and_holds_nothing_of_another_union(
    bos, worlds, sent
):
    ours, theirs = worlds
    for name, listed in LISTS.items():
        filters = filters_of(name, ours, sent[0])
        columns = [column.key for column in listed.columns]
        for file_format in ("csv", "xlsx"):
            said = {"purpose": "report", "format": file_format, "columns": columns}
            response = bos.post(to("export_new", name) + filters, said)
            assert response.status_code == 200, name
            if file_format == "csv":
                assert Export.objects.latest("pk").rows or name in EMPTY, name
                text = response.content.decode("utf-8-sig")
                assert THEIRS not in text, name
                assert theirs.member.name not in text, name
                assert len(text.splitlines()) >= 2, name
            else:
                headings = [str(column.heading) for column in listed.columns]
                assert first_sheet(response).to_python()[0] == headings, name


def test_words_of_choices_are_in_the_readers_language(bos, bo, ann):
    said = SAID | {"columns": ["sex", "standing", "grade"]}
    sheet = first_sheet(bos.post(to("export_new", "members.roll"), said)).to_python()
    assert [row[:2] for row in sheet] == [["性别", "会籍"], ["女", "在籍"]]
    type(bo).objects.filter(pk=bo.pk).update(language="en")
    sheet = first_sheet(bos.post(to("export_new", "members.roll"), said)).to_python()
    assert sheet[1][:2] == ["Female", "In good standing"]


def test_the_old_union_of_a_transfer_is_named_to_its_own_side_alone(
    client, plant7, harbour2, bo, cai, ann
):
    members.ask_transfer(ann, union=harbour2, by=cai)
    said = SAID | {"columns": ["name", "from"], "format": "csv"}
    at_the_desk(client, cai)
    text = client.post(to("export_new", "members.transfers"), said).content.decode()
    assert ann.name in text
    assert plant7.name not in text
    at_the_desk(client, bo)
    text = client.post(to("export_new", "members.transfers"), said).content.decode()
    assert plant7.name in text


def test_another_unions_phase_roll_or_list_is_not_there(bos, worlds, sent):
    asked = {**dict.fromkeys(ASKS), **dict.fromkeys(n for n in LISTS if n.startswith("lectures."))}
    asked = [*asked.keys() - {"lectures.series"}, "quiz.figures"]
    assert len(asked) == 10
    for name in asked:
        url = to("export_new", name) + filters_of(name, worlds[1], sent[1])
        assert bos.get(url).status_code == 404, name
        assert bos.post(url, SAID).status_code == 404, name
    for name, key, theirs in [
        ("welfare.clerks", "merchant", worlds[1].merchant),
        ("unions.offices", "union", worlds[1].union),
        ("unions.tree", "under", worlds[1].union),
    ]:
        for pk in (theirs.pk, "x", "²"):
            assert bos.get(to("export_new", name), {key: pk}).status_code == 404, (name, pk)


def test_what_asks_for_a_union_that_is_hers_no_longer_is_not_written(
    bos, bo, worlds, sent, harbour2, monkeypatch
):
    monkeypatch.setattr(exports, "AT_ONCE", -1)
    asked = ["members.roll_rows", "members.absent", "lectures.people", "quiz.figures"]
    for name in asked:
        columns = [column.key for column in LISTS[name].columns]
        said = SAID | {"columns": columns}
        bos.post(to("export_new", name) + filters_of(name, worlds[0], sent[0]), said)
    bos.post(to("export_new", "unions.tree"), SAID)
    unions.appoint(bo, union=harbour2, role="officer")
    unions.dismiss(bo.offices.get(union=worlds[0].union), by=bo)
    assert write_waiting_exports() == len(asked) + 1
    written = dict(Export.objects.filter(by_id=bo.pk).values_list("list_name", "problem"))
    assert written == dict.fromkeys(asked, "not_allowed") | {"members.roll": "", "unions.tree": ""}
    tree = Export.objects.get(list_name="unions.tree")
    assert first_sheet(bos.post(to("export_file", tree.pk))).to_python()[1:] == [[harbour2.name]]


def sheet_of(client, name, columns, filters=""):
    said = SAID | {"columns": columns}
    return first_sheet(client.post(to("export_new", name) + filters, said)).to_python()


def test_the_rows_of_a_roll_say_what_is_to_be_mended_and_what_would_change(bos, plant7, bo):
    taken_in(a_roll(a_person(1, 部门="装配")), plant7, bo)
    newer = a_person(1, 手机号码="19900004321", 部门="研发")
    roll = sent_in(a_roll(newer, a_person(2, 证件号码="9901011990010112345")), plant7, bo)
    columns = ["row", "about", "verdict", "to_mend", "changes"]
    rows = sheet_of(bos, "members.roll_rows", columns, f"?roll={roll.pk}")
    assert [row[0] for row in rows] == ["行", 1, 2, 3]
    assert rows[2][4] == "手机号码：199****0001，改成199****4321\n部门：装配，改成研发"
    assert rows[3][3].startswith("证件号码“9901***********2345”：")
    filters = f"?roll={roll.pk}&verdict=rejected&reason=id"
    assert [row[0] for row in sheet_of(bos, "members.roll_rows", columns, filters)] == ["行", 3]
    page = bos.get(to("export_new", "members.roll_rows") + filters)
    assert "按你刚才选的条件：等你改；证件" in page.text


def test_the_absent_of_a_roll_are_those_nobody_decided_about(bos, plant7, bo):
    taken_in(a_roll(a_person(1), a_person(2), a_person(3)), plant7, bo)
    roll = taken_in(a_roll(a_person(1)), plant7, bo)
    columns = ["name", "phone", "standing"]
    rows = sheet_of(bos, "members.absent", columns, f"?roll={roll.pk}")
    assert rows == [
        ["姓名", "会籍", "手机"],
        *[["周白露", "在籍", f"199****000{n}"] for n in (2, 3)],
    ]
    absent = roll.absences.first()
    members.decide_absent(roll, why="died", by=bo, only=[absent.pk])
    assert len(sheet_of(bos, "members.absent", columns, f"?roll={roll.pk}")) == 2


def test_the_offices_of_a_union_and_of_all_below(bos, plant7, bo):
    branch = unions.found("一分会", parent=plant7, level=4)
    unions.appoint(a_login("谷大暑"), union=branch, role="chair", by=bo)
    columns = ["union", "who", "role"]
    own = [[plant7.name, "何立夏", "干事"]]
    below = [["一分会", "谷大暑", "主席"]]
    assert sheet_of(bos, "unions.offices", columns)[1:] == own + below
    assert sheet_of(bos, "unions.offices", columns, f"?union={branch.pk}")[1:] == below
    assert sheet_of(bos, "unions.tree", ["name"], f"?under={plant7.pk}")[1:] == [["一分会"]]


def test_the_columns_of_the_last_time_are_chosen_at_first(bos, ann):
    bos.post(to("export_new", "members.roll"), SAID | {"columns": ["union", "id"], "format": "csv"})
    form = bos.get(to("export_new", "members.roll")).context["form"]
    assert form["columns"].value() == ["union", "id"]
    assert form["format"].value() == "csv"
    ColumnsChosen.objects.update(columns=["no_longer"])
    form = bos.get(to("export_new", "members.roll")).context["form"]
    assert "name" in form["columns"].value()


def test_what_failed_is_asked_for_again_with_one_press(bos, bo, ann):
    bos.post(to("export_new", "members.roll") + "?q=" + ann.name, SAID)
    former = Export.objects.get()
    Export.objects.update(state="failed", problem="failed", content=None)
    assert "再写一次" in bos.get(to("export", former.pk)).text
    response = bos.post(to("export_again", former.pk))
    export = Export.objects.latest("pk")
    assert response.url == to("export", export.pk)
    assert (export.state, export.rows, export.columns) == ("done", 1, ["name"])
    assert (export.purpose, export.filters) == (former.purpose, former.filters)
    assert Entry.objects.filter(action="exports.list_exported").count() == 2


def test_what_is_gone_says_so_and_can_be_asked_for_again(bos, ann, bo):
    bos.post(to("export_new", "members.roll"), SAID)
    former = Export.objects.get()
    Export.objects.update(state="expired", content=None)
    assert "文件已经删了" in bos.get(to("export", former.pk)).text
    assert bos.post(to("export_file", former.pk)).status_code == 409
    unions.dismiss(bo.offices.get(), by=bo)
    assert bos.post(to("export_again", former.pk)).status_code == 403


def test_the_queries_do_not_grow_with_the_rows(bos, plant7, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    many_members(2, plant7)
    columns = [column.key for column in LISTS["members.roll"].columns]
    bos.post(to("export_new", "members.roll"), SAID | {"columns": columns})  # remembers the choice
    with CaptureQueriesContext(connection) as short:
        bos.post(to("export_new", "members.roll"), SAID | {"columns": columns})
    many_members(20, plant7)
    with django_assert_num_queries(len(short)):
        bos.post(to("export_new", "members.roll"), SAID | {"columns": columns})


# == While she looks at one of her offices ==
@pytest.fixture
def looking_at_plant7(client, bo, plant7, harbour2):
    """Bo runs two unions, and looks at one of them."""
    unions.appoint(bo, union=harbour2, role="officer")
    desk = at_the_desk(client, bo)
    desk.post("/desk/look/", {"office": bo.offices.get(union=plant7).pk})
    return desk


def names_in(response):
    assert response.status_code == 200
    return [row[0] for row in first_sheet(response).to_python()[1:]]


@pytest.mark.parametrize("at_once", [2000, 0])
def test_what_is_written_is_the_part_she_looked_at(
    looking_at_plant7, plant7, harbour2, monkeypatch, at_once
):
    monkeypatch.setattr(exports, "AT_ONCE", at_once)
    desk = looking_at_plant7
    response = desk.post(to("export_new", "unions.tree"), SAID)
    write_waiting_exports()
    export = Export.objects.get()
    fetched = response if at_once else desk.post(to("export_file", export.pk))
    assert names_in(fetched) == [plant7.name]
    assert export.rows == 1
    desk.post("/desk/look/", {"office": ""})
    assert names_in(desk.post(to("export_file", export.pk))) == [plant7.name], "it is still hers"
    desk.post(to("export_again", export.pk))
    write_waiting_exports()
    again = Export.objects.latest("pk")
    assert names_in(desk.post(to("export_file", again.pk))) == [plant7.name], "the same part again"
    desk.post(to("export_new", "unions.tree"), SAID)
    write_waiting_exports()
    whole = Export.objects.latest("pk")
    assert set(names_in(desk.post(to("export_file", whole.pk)))) == {plant7.name, harbour2.name}, (
        "the control"
    )


def test_a_part_that_is_hers_no_more_is_neither_written_nor_fetched(
    looking_at_plant7, bo, fu, plant7, monkeypatch
):
    desk = looking_at_plant7
    desk.post(to("export_new", "unions.tree"), SAID)
    done = Export.objects.get()
    monkeypatch.setattr(exports, "AT_ONCE", 0)
    desk.post(to("export_new", "unions.tree"), SAID)
    unions.dismiss(bo.offices.get(union=plant7), by=fu)
    write_waiting_exports()
    waiting = Export.objects.latest("pk")
    assert waiting.problem == "not_allowed"
    assert desk.post(to("export_file", done.pk)).status_code == 409
    assert desk.post(to("export_again", done.pk)).status_code == 404


def test_as_somebody_else_she_takes_no_list_along(client, fu, bo):
    desk = at_the_desk(client, fu)
    desk.post(to("export_new", "unions.tree"), SAID)
    former = Export.objects.get()
    desk.post("/desk/look/", {"office": bo.offices.get().pk, "as": "1"})
    for address in (to("export_new", "unions.tree"), to("export_again", former.pk)):
        assert desk.post(address, SAID).status_code == 409
    assert desk.post(to("export_file", former.pk)).status_code == 409
    assert Export.objects.get() == former
