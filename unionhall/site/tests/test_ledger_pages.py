from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.template.loader import select_template
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.architecture.house import PACKAGE, own_apps
from tests.cast import a_login, a_member
from unionhall.base.ledger import actions as ledger
from unionhall.base.ledger.models import Entry, Seal
from unionhall.people.members import actions as members
from unionhall.people.members.tests.test_desk import at_the_desk
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Office
from unionhall.site.ledger_pages import KIND_OF, KINDS


def of(kind, pk):
    return reverse("desk:ledger", args=[kind, pk])


@pytest.fixture
def bos(client, bo):
    return at_the_desk(client, bo)


@pytest.fixture
def sealed(settings, tmp_path):
    """A call that seals what there is, in a ledger with an anchor of its own."""
    settings.LEDGER_ANCHOR = tmp_path / "anchor.txt"

    def seal() -> Seal:
        Entry.objects.exists()
        ledger.begin_first_anchor()
        last = Entry.objects.latest("pk").pk
        while ledger.seal_next(up_to=last):
            pass
        ledger.anchor_blocks()
        return Seal.objects.latest("pk")

    return seal


def test_what_happened_to_her_is_told_by_whom_and_when(bos, bo, ann):
    members.unmask(ann, field="phone", by=bo)
    page = bos.get(of("member", ann.pk)).text
    assert "何立夏 看了手机号" in page
    assert page.index("看了手机号") < page.index("登记了会员"), "the newest first"
    assert "还没有封存" in page


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ({}, {"看了手机号", "看了证件号码", "登记了会员"}),
        ({"deed": "members.value_unmasked"}, {"看了手机号", "看了证件号码"}),
        ({"by": "bo"}, {"看了手机号"}),
        ({"since": "2999-01-01"}, set()),
        ({"until": "2999-01-01", "deed": "members.member_admitted"}, {"登记了会员"}),
        ({"deed": "x' OR 1=1", "by": "no", "since": "never"}, {"看了手机号", "看了证件号码", "登记了会员"}),
    ],
)  # fmt: skip
def test_it_is_narrowed_by_day_doer_and_deed(bos, bo, fu, ann, asked, shown):
    members.unmask(ann, field="phone", by=bo)
    members.unmask(ann, field="id_number", by=fu)
    page = bos.get(of("member", ann.pk), {**asked, **({"by": bo.pk} if asked.get("by") == "bo" else {})}).text  # fmt: skip
    told = {"看了手机号", "看了证件号码", "登记了会员"}
    assert {one for one in told if one in page} == shown


def test_nobody_reads_of_things_that_she_does_not_run(client, bo, cai, chen, harbour2, plant7):
    at_the_desk(client, bo)
    assert client.get(of("member", chen.pk)).status_code == 404
    assert client.get(of("union", harbour2.pk)).status_code == 404
    assert client.get(of("nothing", plant7.pk)).status_code == 404
    assert client.get(reverse("desk:records")).headers["Location"] == of("union", plant7.pk)


def test_why_she_left_is_told_by_nobody_but_those_who_said_it(client, bo, cai, fu, ann, harbour2):
    members.leave(ann, by=bo, why="expelled")
    members.transfer(ann, union=harbour2, by=fu)
    at_the_desk(client, cai)
    page = client.get(of("member", ann.pk)).text
    assert "结束了会籍" in page
    assert "被除名" not in page


def test_a_sealed_entry_names_its_block_and_is_held_against_it(bos, bo, ann, sealed):
    block = sealed()
    page = bos.get(of("member", ann.pk)).text
    assert f"第 {block.number} 块" in page
    assert "还没有封存" not in page
    proved = bos.get(of("member", ann.pk), {"proof": "1"}).text
    assert "一模一样" in proved
    assert "和库外的底子一致" in proved


@pytest.mark.parametrize("forged", ["content", "anchor"])
def test_a_forged_block_or_anchor_is_said_so(bos, ann, sealed, forged):
    """A control: what was changed behind the guards does not pass."""
    block = sealed()
    if forged == "anchor":
        file = settings.LEDGER_ANCHOR
        file.write_text(file.read_text().replace(block.chained, "0" * 64))
        said = "和库外的底子不一样"
    else:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE ledger_seal DISABLE TRIGGER ledger_refuses_changes")
            cursor.execute("UPDATE ledger_seal SET count = count + 1 WHERE number = %s", [block.pk])
            cursor.execute("ALTER TABLE ledger_seal ENABLE TRIGGER ledger_refuses_changes")
        said = "内容变过"
    page = bos.get(of("member", ann.pk), {"proof": "1"}).text
    assert said in page
    assert "一模一样" not in page


def an_office(name, union, role):
    user = a_login(name)
    tree.appoint(user, union=union, role=role)
    return user


@pytest.mark.parametrize(
    ("role", "place", "status"),
    [
        (Office.Role.CHAIR, "district", 200),
        (Office.Role.AUDITOR, "district", 200),
        (Office.Role.AUDITOR, "plant7", 200),
        (Office.Role.OFFICER, "district", 404),
        (Office.Role.CHAIR, "harbour2", 404),
    ],
)
def test_what_an_officer_did_is_for_chairs_and_auditors(
    client, request, bo, ann, role, place, status
):
    members.unmask(ann, field="phone", by=bo)
    reader = an_office("读的人", request.getfixturevalue(place), role)
    at_the_desk(client, reader)
    answer = client.get(reverse("desk:ledger_of", args=[bo.pk]))
    assert answer.status_code == status
    assert ("看了手机号" in answer.text) is (status == 200)


def test_what_she_did_elsewhere_is_not_told_here(client, bo, plant7, harbour2, ann, chen):
    tree.appoint(bo, union=harbour2, role=Office.Role.OFFICER)
    members.unmask(chen, field="id_number", by=bo)
    at_the_desk(client, an_office("经审", plant7, Office.Role.AUDITOR))
    assert "看了证件号码" not in client.get(reverse("desk:ledger_of", args=[bo.pk])).text


def test_a_page_of_many_costs_no_more(bos, bo, plant7, ann):
    bos.get(of("union", plant7.pk))
    with CaptureQueriesContext(connection) as few:
        bos.get(of("union", plant7.pk))
    for number in range(60):
        a_member(f"人{number}", plant7)
    with CaptureQueriesContext(connection) as many:
        page = bos.get(of("union", plant7.pk))
    assert page.text.count("登记了会员") == 50
    assert len(many) <= len(few) + 1 <= 20


# == Words ==

ACTION = re.compile(r"[a-z]+\.[a-z]+(?:_[a-z{}]+)+")

KEYED = {"welfare.claim_offer", "welfare.open_giveaway"}  # verbs that take a request key


def recorded() -> set[str]:
    """Every action that stands in an ``actions`` file or folder, or is recorded by the site."""
    found = set()
    for file in (*PACKAGE.rglob("actions.py"), *PACKAGE.rglob("actions/*.py"), *(PACKAGE / "site").rglob("*.py")):  # fmt: skip
        if "tests" not in file.parts:
            found |= set(_actions_in(file))
    return found


def _actions_in(file: Path):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and _name(node.func).startswith("record") and node.args:
            said = node.args[0]
            text = ast.unparse(said).strip("f'\"") if not isinstance(said, ast.Constant) else str(said.value)  # fmt: skip
            if "." in text and ACTION.fullmatch(text):
                yield text
        elif isinstance(node, ast.Constant) and ACTION.fullmatch(str(node.value)):
            yield from (
                {str(node.value)} - KEYED if str(node.value).split(".")[0] in own_apps() else ()
            )


def _name(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def unworded(actions: set[str]) -> set[str]:
    """Those without a sentence; a part in braces stands for any word."""
    missing = set()
    for action in actions:
        app, what = action.split(".", 1)
        folder = Path(apps.get_app_config(app).path) / "templates" / app / "ledger"
        if not list(folder.glob(re.sub(r"\{[^}]*\}", "*", what) + ".txt")):
            missing.add(action)
    return missing


def test_every_deed_that_is_recorded_has_its_sentence():
    assert len(recorded()) > 90
    assert unworded(recorded()) == set()


def test_a_deed_without_a_sentence_would_be_seen():
    assert unworded({"members.nothing_said", "quiz.draft_discarded"}) == {"members.nothing_said"}
    assert select_template(["members/ledger/nothing_said.txt", "ledger/unworded.txt"])


def test_every_kind_that_is_named_has_a_door():
    assert set(KIND_OF.values()) == set(KINDS)
    assert all(apps.get_model(label) for label in KIND_OF)
