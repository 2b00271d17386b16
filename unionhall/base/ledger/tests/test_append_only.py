from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from unionhall.base.ledger import actions as ledger
from unionhall.base.ledger.models import Entry
from unionhall.people.unions.models import Union

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(plant7: Union) -> Entry:
    return ledger.record("unions.union_looked_at", plant7, fact=1)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_entry SET action = 'nothing' WHERE id = %(id)s",
        "DELETE FROM ledger_entry WHERE id = %(id)s",
        "UPDATE {month} SET action = 'nothing' WHERE id = %(id)s",
        "DELETE FROM {month} WHERE id = %(id)s",
        "TRUNCATE ledger_entry",
    ],
)
def test_the_ledger_refuses_to_be_changed(entry: Entry, statement: str) -> None:
    with pytest.raises(DatabaseError, match="only ever appended to"), transaction.atomic():
        run(statement.format(month=month_of(entry)), id=entry.pk)
    assert Entry.objects.get(pk=entry.pk).action == "unions.union_looked_at"


def test_an_entry_lies_in_its_month(entry: Entry) -> None:
    entry.refresh_from_db()
    assert month_of(entry) == f"ledger_entry_{entry.at:%Y_%m}"


def test_an_entry_of_a_month_that_is_not_prepared_is_kept(entry: Entry) -> None:
    run("INSERT INTO ledger_entry (at, action, subject_type, subject_id, detail)"
        " VALUES ('2001-02-03', 'x.y', 'x', 1, '{}')")  # fmt: skip
    assert month_of(Entry.objects.get(action="x.y")) == "ledger_entry_other"


def test_months_are_prepared_once_and_ahead() -> None:
    before = partitions()
    ledger.prepare_months()
    assert partitions() == before
    assert len(before) == 5
    run(f"DROP TABLE {before[1]}")
    ledger.prepare_months()
    assert partitions() == before


def test_a_month_with_stray_entries_is_left_as_it_is() -> None:
    last = partitions()[3]
    run(f"DROP TABLE {last}")
    year, month = last.split("_")[2:]
    run("INSERT INTO ledger_entry (at, action, subject_type, subject_id, detail)"
        f" VALUES ('{year}-{month}-05', 'x.y', 'x', 1, '{{}}')")  # fmt: skip
    ledger.prepare_months()
    assert last not in partitions()


def test_the_role_of_the_application_may_append_and_read_and_nothing_else(entry: Entry) -> None:
    role = role_of_the_application()
    for table in ("ledger_entry", month_of(entry)):
        run(f"GRANT ALL ON {table} TO {role}")
        run(f"SELECT ledger_keep_off('{table}')")
        verbs = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
        allowed = [
            ask(f"SELECT has_table_privilege('{role}', '{table}', '{verb}')") for verb in verbs
        ]
        assert allowed == [True, True, False, False, False]


def test_the_role_of_the_application_prepares_months_though_it_makes_no_tables(
    entry: Entry,
) -> None:
    role = role_of_the_application()
    run(f"GRANT SELECT, INSERT ON ledger_entry TO {role}")
    run(f"GRANT USAGE ON SEQUENCE ledger_entry_id_seq TO {role}")
    last = partitions()[3]
    run(f"DROP TABLE {last}")
    run(f"SET ROLE {role}")
    ledger.prepare_months()
    assert last in partitions()
    assert ledger.record("x.y", entry).pk > entry.pk
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        run("CREATE TABLE public.mine ()")
    run("RESET ROLE")


def role_of_the_application() -> str:
    """The one of the embedded server; on another server one that may do as little."""
    if ask("SELECT to_regrole('unionhall_app')"):
        return "unionhall_app"
    run("CREATE ROLE clerk")
    return "clerk"


def ask(question: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def run(statement: str, **values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def month_of(entry: Entry) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tableoid::regclass::text FROM ledger_entry WHERE id = %s", [entry.pk]
        )
        return str(cursor.fetchone()[0])


def partitions() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits"
                       " WHERE inhparent = 'ledger_entry'::regclass ORDER BY 1")  # fmt: skip
        return [row[0] for row in cursor.fetchall()]
