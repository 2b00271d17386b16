from __future__ import annotations

import io

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from tests.cast import a_login, a_member, many_members
from tests.world import a_world
from unionhall.base.exports import actions as exports
from unionhall.base.exports.models import Export
from unionhall.base.ledger.models import Entry
from unionhall.people.members import actions as members
from unionhall.people.members.tests.test_desk import at_the_desk
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


def test_every_list_is_written_for_its_officer_and_holds_nothing_of_another_union(bos, worlds):
    ours, theirs = worlds
    for name, listed in LISTS.items():
        of = {"lectures": f"?phase={ours.phase.pk}", "quiz": f"?bank={ours.bank.pk}"}
        filters = of.get(name.split(".")[0], "")
        columns = [column.key for column in listed.columns]
        for file_format in ("csv", "xlsx"):
            said = {"purpose": "report", "format": file_format, "columns": columns}
            response = bos.post(to("export_new", name) + filters, said)
            assert response.status_code == 200, name
            if file_format == "csv":
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


def test_another_unions_phase_is_not_there(bos, worlds):
    for name in [
        name for name in LISTS if name.startswith("lectures.") and name != "lectures.series"
    ]:
        url = to("export_new", name) + f"?phase={worlds[1].phase.pk}"
        assert bos.get(url).status_code == 404, name
        assert bos.post(url, SAID).status_code == 404, name


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
