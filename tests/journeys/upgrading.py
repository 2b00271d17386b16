"""A process of its own: the tables of the first landing with rows in them, brought to today and audited.

``python -m tests.journeys.upgrading [offence]`` works on the empty database that ``DATABASE_URL`` names, and prints
what it found as JSON. With ``offence`` somebody stands on the roll who was never in a union.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import sys

import django
from django.apps import apps as today
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

SINCE = {
    "exports",
    "programs",
    "replay",
    "search",
    "personal",
    "webhooks",
    "casework",
    "corrections",
    "enrolment",
}  # apps that came after the first landing
DAY = dt.date(2026, 3, 5)
NOW = dt.datetime(2026, 3, 5, 12, tzinfo=dt.UTC)
LIST = "工会名称,上级工会,组织级别\n春分工会,,基层工会\n"


def main(offence: bool) -> None:
    django.setup()
    executor = MigrationExecutor(connection)
    ends = executor.loader.graph.leaf_nodes()
    ours = {
        config.label for config in today.get_app_configs() if config.name.startswith("unionhall")
    }
    first = [
        (app, "0001_initial" if app in ours else name) for app, name in ends if app not in SINCE
    ]
    executor.migrate(first)
    then = executor.loader.project_state(first).apps
    plant(then.get_model)
    if offence:
        member(then.get_model, "990000199001010099")
    before = counted()
    executor = MigrationExecutor(connection)
    executor.migrate(ends)
    after = counted()
    print(json.dumps({"before": before, "after": after, **found()}))


def plant(model) -> None:
    """What a small house has after its first weeks; each import in each state that it may be met in."""
    entry = model("ledger", "Entry").objects.create(
        action="members.roll_confirmed", subject_type="members.rollimport", subject_id=1
    )
    union, user = tree(model), login(model)
    ann = member(model, "990000199001010011")
    model("members", "Membership").objects.create(
        member=ann, union=union, standing="current", joined_on=DAY
    )
    rolls = model("members", "RollImport").objects
    for state in ("open", "received", "checked", "done", "discarded", "undone"):
        kept = state in {"received", "checked"}
        file = base64.b64encode("姓名\n周白露\n".encode()).decode() if kept else None
        roll = rolls.create(
            union=union, by=user, file_name="名册.csv", content=file, as_of=DAY, state=state,
            batch_id=entry.pk if state in {"done", "undone"} else None,
        )  # fmt: skip
        if state == "open":
            model("members", "RollPage").objects.create(roll_import=roll, number=1, rows="[]")
        if state in {"checked", "done"}:
            model("members", "RollRow").objects.create(
                roll_import=roll, place=0, sheet="1", row=2, verdict="accepted", effect="new",
                member=ann if state == "done" else None,
            )  # fmt: skip
    lists = model("unions", "ListImport").objects
    for state in ("checked", "done", "discarded"):
        lists.create(
            file_name="台账.csv", by=user, state=state, counts={"founded": 1, "rejected": 0},
            content=base64.b64encode(LIST.encode()).decode() if state == "checked" else None,
            batch_id=entry.pk if state == "done" else None,
        )  # fmt: skip
    bank(model, union)


def tree(model):
    union = model("unions", "Union").objects.create(
        path="00001", depth=1, numchild=0, name="春分工会", level=3, chair_phone="19900000001"
    )
    model("unions", "Edge").objects.create(union=union, parent=None, since_on=DAY)
    return union


def login(model):
    from unionhall.base.encryption import blind_index

    phone = "19900000002"
    return model("accounts", "User").objects.create(
        phone=phone, phone_index=blind_index(phone, purpose="phone"), name="何立夏", password="!"
    )


def member(model, number: str):
    from unionhall.base.encryption import blind_index

    phone = "19900000003"
    return model("members", "Member").objects.create(
        name="周白露",
        id_kind="resident",
        id_number=number,
        id_index=blind_index(number, purpose="id_number"),
        phone=phone,
        phone_index=blind_index(phone, purpose="phone"),
        phone_tail_index=blind_index(phone[-4:], purpose="phone_tail"),
    )


def bank(model, union) -> None:
    """A question with a picture, and one without."""
    picture = model("files", "PrivateFile").objects.create(
        name="a.png", content_type="image/png", size=1, path="ab/a.png"
    )
    kept = model("quiz", "Bank").objects.create(union=union, name="安全")
    for place, shown in enumerate((picture, None)):
        question = model("quiz", "Question").objects.create(bank=kept, stem_hash=f"{place:064}")
        model("quiz", "QuestionVersion").objects.create(
            question=question, kind="judge", stem=f"第 {place} 题", answer=["A"], score=5,
            options=[["A", "对"], ["B", "错"]], picture=shown,
            picture_text="图" if shown else "",
        )  # fmt: skip


def counted() -> dict[str, int]:
    """The rows of every table of ours."""
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        counts = {}
        for name in names:
            cursor.execute(f'SELECT count(*) FROM "{name}"')
            counts[name] = cursor.fetchone()[0]
    return {
        name: count
        for name, count in counts.items()
        if count and not name.startswith(("django_", "auth_"))
    }


def found() -> dict[str, object]:
    """What the code of today sees."""
    from unionhall.domain.quiz.models import QuestionPicture
    from unionhall.people.members.models import Member, RollImport
    from unionhall.people.unions import actions as unions
    from unionhall.people.unions.models import ListImport, Union
    from unionhall.site.audit import INVARIANTS, audit

    left = MigrationExecutor(connection)
    waiting = sorted(ListImport.objects.values_list("state", flat=True))
    unions.check_waiting_lists()
    return {
        "unapplied": len(left.migration_plan(left.loader.graph.leaf_nodes())),
        "rolls": sorted(RollImport.objects.values_list("state", flat=True)),
        "lists": waiting,
        "lists_after_a_sweep": sorted(ListImport.objects.values_list("state", flat=True)),
        "pictures": [[one.nth, one.text] for one in QuestionPicture.objects.all()],
        "sealed": [Member.objects.first().phone, Union.objects.first().chair_phone],
        "broken": [sentence for sentence, offenders in audit(INVARIANTS) if offenders],
    }


if __name__ == "__main__":
    main("offence" in sys.argv[1:])
