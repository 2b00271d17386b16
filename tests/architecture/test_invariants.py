"""``docs/invariants.md`` is true: every sentence of the audit, what refuses its offence, and who plants it."""

from __future__ import annotations

import re

from django.apps import apps

from tests.architecture.house import PACKAGE, ROOT
from unionhall.site.audit import INVARIANTS

ROW = re.compile(
    r"^\| (?P<says>[^|]+) \| (?P<number>[^|]+) \| (?P<refused>[^|]+) \| `(?P<file>[\w/]+\.py)` `(?P<test>test_\w+)` \|$"
)
TRIGGERS = {"ledger_refuses_changes", "ledger_refuses_truncate"}


def rows(text: str) -> list[dict[str, str]]:
    return [row.groupdict() for line in text.splitlines() if (row := ROW.match(line))]


def page() -> str:
    return (ROOT / "docs/invariants.md").read_text(encoding="utf-8")


def not_true(text: str) -> list[str]:
    """What the page says and is not so, or is so and it does not say."""
    known = rows(text)
    said = [row["says"] for row in known]
    off = [f"twice: {one}" for one in said if said.count(one) > 1]
    off += [f"differs: {one}" for one in {*said} ^ {one.sentence for one in INVARIANTS}]
    constraints = {one.name for model in apps.get_models() for one in model._meta.constraints}
    for row in known:
        refusing = re.findall(r"`(\w+)`", row["refused"])
        off += [
            f"no such constraint: {one}" for one in refusing if one not in constraints | TRIGGERS
        ]
        file = PACKAGE / row["file"]
        if not file.exists() or f"def {row['test']}(" not in file.read_text(encoding="utf-8"):
            off.append(f"no such test: {row['test']}")
    return off


def test_the_page_of_invariants_is_true():
    assert not_true(page()) == []


def test_what_is_not_true_would_be_seen():
    """The control."""
    for word, other in (
        (INVARIANTS[0].sentence, "Something else"),
        ("never_oversold", "never_undersold"),
        ("test_a_flooded_phone_is_named", "test_a_flooded_phone_is_not_named"),
    ):
        assert not_true(page().replace(word, other)), word
