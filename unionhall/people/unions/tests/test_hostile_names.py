"""Names that were never meant well, in the pages of the tree; and pages without anything to show."""

from __future__ import annotations

import pytest

from unionhall.people.unions import actions as unions
from unionhall.people.unions.models import ListImport, Union
from unionhall.people.unions.tests.test_desk import at_the_desk, checked, to
from unionhall.people.unions.tests.test_lists import a_list

LONG = "长" * 10_000
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=cmd|' /C calc'!A0",
    "{{ settings.SECRET_KEY }}",
    "{user.__class__}%s",
    "\u202e会工厂号七",
    "七\u200b号\ufeff厂工会",
    "+86",
    "@SUM(A1)",
    LONG,
]


@pytest.fixture
def fus(client, fu):
    return at_the_desk(client, fu)


@pytest.fixture
def district_of_hers(fu, district):
    return district


def pages_of(client, sent: ListImport) -> list[str]:
    """Every page of the tree that can show a name, once the list is in."""
    found = [
        to("import"), to("index"), to("absent", sent.pk), to("undo", sent.pk), to("list_import", sent.pk),
        f"{to('list_import', sent.pk)}?verdict=", f"{to('list_import', sent.pk)}?verdict=rejected",
        *[to("union", pk) for pk in Union.objects.values_list("pk", flat=True)],
    ]  # fmt: skip
    return [client.get(address) for address in found]


def test_a_hostile_name_is_only_ever_shown(fus, fu, district_of_hers):
    rows = [(name, district_of_hers.name, "3", None, 5, name) for name in HOSTILE]
    rows += [("二号厂工会", name, "3") for name in HOSTILE]
    sent = checked(fus, a_list(*rows))
    assert sent.state == "checked"
    assert sent.list_rows.get(place=len(HOSTILE)).reason_codes == ["UNION_NAME_LONG"]
    unions.confirm_list(sent, by=fu)
    unions.take_in_confirmed_lists()
    sent.refresh_from_db()
    assert sent.state == "done"
    for page in pages_of(fus, sent):
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "\u202e" not in page.text
        assert LONG not in page.text
    report = fus.get(to("report", sent.pk)).content.decode("utf-8-sig")
    assert all(name[:20] not in report for name in HOSTILE[:4])
    assert fus.get(to("annotated", sent.pk)).status_code == 200


def test_pages_without_anything_to_show_say_so(fus, fu, district_of_hers):
    assert "传过的台账" not in fus.get(to("import")).text
    sent = checked(fus, a_list())
    html = fus.get(to("list_import", sent.pk)).text
    assert "新登记 0 个，更新 0 个" in html
    assert to("confirmation", sent.pk) not in html
    assert "一个都没有落下" in fus.get(to("absent", sent.pk)).text
    assert "现在不能撤销" in fus.get(to("undo", sent.pk)).text
    assert fus.get(to("list_import", sent.pk), {"effect": "moved"}).status_code == 200
