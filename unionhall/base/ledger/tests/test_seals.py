"""Whoever changes what was sealed is found, be he the server's superuser."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from unionhall.base.ledger import actions as ledger
from unionhall.base.ledger import anchor, invariants, queries, rules
from unionhall.base.ledger.invariants import INVARIANTS
from unionhall.base.ledger.models import Entry, Seal

from . import sealed
from .sealed import as_superuser, found, run, seal_all, seal_up_to
from .test_append_only import ask, role_of_the_application

pytestmark = pytest.mark.django_db
TIMES = 1000


@pytest.fixture(autouse=True)
def file(settings, tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setattr(rules, "MOST_IDS", sealed.PER_BLOCK)
    settings.LEDGER_ANCHOR = tmp_path / "anchor.txt"
    ledger.say_once.cache_clear()
    return settings.LEDGER_ANCHOR


def test_a_thousand_tampers_are_found(file: Path) -> None:
    sealed.make()
    assert found() == []
    missed: Counter[str] = Counter()
    for seed in range(TIMES):
        tamper = sealed.TAMPERS[seed % len(sealed.TAMPERS)]
        with as_superuser():
            tamper(Random(seed))
            missed[tamper.__name__] += not found()
    assert +missed == {}
    assert found() == []


@pytest.mark.parametrize(
    ("left_out", "tamper"),
    [
        ("extract(epoch FROM at), ", sealed.the_time),
        ("by_id, ", sealed.nobody),
        (", detail", sealed.a_detail),
        ("action, subject_type, ", sealed.a_letter),
    ],
)
def test_what_a_digest_left_out_could_be_changed_unseen(monkeypatch, left_out: str, tamper) -> None:
    """The control."""
    assert left_out in queries.CONTENTS
    monkeypatch.setattr(queries, "CONTENTS", queries.CONTENTS.replace(left_out, "", 1))
    sealed.make()
    with as_superuser():
        tamper(Random(4))
        assert found() == []


IN_FRONT = """
    CREATE SCHEMA in_front;
    CREATE FUNCTION in_front.jsonb_build_array(bigint, numeric, varchar, varchar, bigint, bigint, bigint, jsonb)
    RETURNS jsonb LANGUAGE sql AS 'SELECT ''[]''::jsonb';
    SET LOCAL search_path = in_front, pg_catalog, public
"""


def test_a_function_put_in_front_that_says_the_same_of_everything_hides_nothing() -> None:
    with as_superuser():
        run(IN_FRONT)
        sealed.make()
        sealed.a_detail(Random(4))
        assert found()


def test_without_the_anchor_a_tail_could_be_cut_unseen(file: Path) -> None:
    """The control."""
    sealed.make()
    for tamper in (sealed.the_tail_with_its_seals, sealed.forged_and_sealed_anew):
        with as_superuser():
            tamper(Random(4))
            assert found()
            file.write_text("")
            assert found() == []
        ledger.anchor_blocks()


@pytest.mark.parametrize(
    ("sentence", "offence"),
    [
        (
            "No entry has an id that was not drawn yet",
            "UPDATE ledger_entry SET id = 1000 WHERE id = 3",
        ),
        (
            "Sealed entries are what was sealed, all of them and no others",
            "UPDATE ledger_entry SET by_id = 7 WHERE id = 3",
        ),
        (
            "Sealed blocks follow one from the other, without a hole",
            "UPDATE ledger_seal SET sealed_at = sealed_at - interval '1 day' WHERE number = 2",
        ),
        (
            "Sealed blocks follow one from the other, without a hole",
            "UPDATE ledger_seal SET first_id = first_id + 1 WHERE number = 2",
        ),
        ("Sealed blocks are those of the anchor", "DELETE FROM ledger_seal WHERE number = 9"),
    ],
)
def test_a_planted_offence_is_found(sentence: str, offence: str) -> None:
    (invariant,) = (one for one in INVARIANTS if one.sentence == sentence)
    sealed.make()
    assert not list(invariant.offenders())
    with as_superuser():
        run(offence)
        assert list(invariant.offenders())


def test_guards_of_the_seals_are_looked_after() -> None:
    (guards,) = (one for one in INVARIANTS if "guards" in one.sentence)
    for how in ("DISABLE", "ENABLE REPLICA"):
        run(f"ALTER TABLE ledger_seal {how} TRIGGER ledger_refuses_truncate")
        assert list(guards.offenders()) == ["ledger_refuses_truncate of ledger_seal"]


def test_what_is_found_says_what_is_off(file: Path) -> None:
    sealed.make()
    with as_superuser():
        run("DELETE FROM ledger_entry WHERE id = 8")
        assert found() == ["block 2, entries 7 to 12: 6 were sealed, 5 are there"]
    file.write_text(file.read_text().replace("3 18 ", "3 19 ") + "nonsense\n")
    assert [line[:38] for line in found()] == [
        f"{file} is another ledger's"[:38],
        "block 3, entries 13 to 18: another one",
        "anchored and not there: nonsense",
    ]
    file.unlink()
    assert f"there is no anchor at {file}" in found()[0]


def test_an_older_copy_of_the_anchor_and_single_lines_of_it_are_anchors_too(file: Path) -> None:
    sealed.make()
    told = file.read_text().splitlines()
    file.write_text(f"{told[3]}\n{told[1]}\n")
    assert found() == []


def test_lines_out_of_mails_are_no_false_alarm(file: Path) -> None:
    sealed.make()
    told = file.read_text().splitlines()
    file.write_text(f"\ufeff{told[3]} \r\n\r\n  {told[1]}\r\n{told[2]}", newline="")
    assert [*anchor.lines(file)] == [told[3], told[1], told[2]]
    assert found() == []
    assert anchor.newest(file) == told[1]
    file.write_text(f"{told[0]}\n{told[1].replace(' 12 ', ' 13 ')}")
    assert [line[:37] for line in found()] == ["block 2, entries 7 to 12: another one"]


@pytest.mark.parametrize("content", ["", "\n\n", "1 6 c0ffee"])
def test_a_file_that_tells_of_no_block_is_no_anchor_of_old_ones(file: Path, content: str) -> None:
    sealed.make()
    file.write_text(content)
    assert found() == []
    with as_superuser():
        run("UPDATE ledger_seal SET sealed_at = sealed_at - interval '2 hours'")
        assert found()[-1].startswith(f"no line of {file} tells of a block")


def test_blocks_are_read_together(monkeypatch, django_assert_num_queries) -> None:
    """Nine blocks of six ids, at most two of them at once: a statement for the blocks, five for the entries."""
    sealed.make()
    monkeypatch.setattr(rules, "MOST_IDS", 13)
    assert Seal.objects.count() == 9
    with django_assert_num_queries(6):
        assert list(invariants._changed_blocks()) == []


def test_a_digest_is_the_same_in_whatever_session() -> None:
    sealed.make()
    before = queries.contents([1, 7], 12)
    for name, value in {
        "timezone": "Asia/Kathmandu",
        "datestyle": "German, DMY",
        "intervalstyle": "sql_standard",
        "extra_float_digits": "-5",
    }.items():
        run(f"SET LOCAL {name} = '{value}'")
    assert queries.contents([1, 7], 12) == before


def test_whoever_is_killed_before_the_anchor_is_written_is_made_up_for(file: Path) -> None:
    sealed.make()
    before = file.read_text()
    run(sealed.MAKE, 20)
    seal_up_to(queries.last_drawn())
    assert file.read_text() == before
    assert found() == []
    ledger.seal_entries()
    assert file.read_text().startswith(before)
    assert [anchor.number_of(one) for one in anchor.lines(file)] == [*range(1, 14)]
    assert found() == []


def test_nothing_is_added_to_the_anchor_of_another_ledger(file: Path, caplog) -> None:
    sealed.make()
    ours = file.read_text()
    theirs = ours.replace("9 51 ", "9 52 ").replace("8 48 ", "8 49 ")
    for content in (theirs, theirs.replace("9 52 ", "99 600 "), ours + "nonsense\n"):
        file.write_text(content)
        run(sealed.MAKE, 7)
        seal_all()
        seal_all()
        assert file.read_text() == content
        assert found()[0].startswith(f"{file} is another ledger's")
    assert len(caplog.records) == 3
    file.write_text(ours)
    seal_all()
    assert file.read_text().startswith(ours + "10 ")
    assert found() == []


def test_half_a_line_is_none(file: Path) -> None:
    sealed.make()
    whole = file.read_text()
    file.write_text(whole[:-30])
    assert found() == []
    assert ledger.anchor_blocks() == 1
    assert file.read_text() == whole


@pytest.mark.parametrize("lines", [0, 8])
def test_zeros_of_a_power_cut_do_not_stop_it(file: Path, lines: int) -> None:
    sealed.make()
    whole = file.read_text()
    left = "".join(whole.splitlines(keepends=True)[:lines])
    file.write_text(left + "\0" * 4097)
    assert found() == []
    assert ledger.anchor_blocks() == 9 - lines
    assert file.read_text() == whole


def test_a_line_is_never_rewritten(file: Path) -> None:
    """Neither for a ledger that was forged, nor for one whose end was cut and that has grown again."""
    sealed.make()
    whole = file.read_text()
    with as_superuser():
        sealed.the_tail_with_its_seals(Random(4))
        run(sealed.MAKE, 5)
        seal_all()
        assert file.read_text().startswith(whole)
        assert found()


def test_a_lost_anchor_is_not_made_anew_by_itself(file: Path, caplog) -> None:
    sealed.make()
    file.unlink()
    for _ in range(3):
        ledger.seal_entries()
    assert not file.exists()
    assert found()
    assert [record.message for record in caplog.records] == [
        f"There is no anchor of the ledger at {file}: see bin/manage anchor --help"
    ]


def test_a_house_whose_anchor_cannot_be_made_is_sealed_and_told(
    settings, file: Path, caplog
) -> None:
    file.touch()
    settings.LEDGER_ANCHOR = file / "in_what_is_no_folder.txt"
    run(sealed.MAKE, 8)
    ledger.seal_entries()
    seal_up_to(queries.last_drawn())  # waits for nobody
    ledger.seal_entries()
    assert Seal.objects.exists()
    assert [line.split(" at ")[0] for line in found()] == ["there is no anchor"]
    assert [record.message.split(": ")[0].split(" at ")[0] for record in caplog.records] == [
        "The anchor of the ledger cannot be made",
        "There is no anchor of the ledger",
    ]


def test_an_operator_begins_it_anew_and_the_ledger_tells_of_it(file: Path) -> None:
    sealed.make()
    file.write_text(file.read_text().replace("3 18 ", "3 19 "))
    said, told = io.StringIO(), io.StringIO()
    call_command("anchor", "--begin", stdout=said, stderr=told)
    assert said.getvalue().startswith("9 51 ")
    (old,) = file.parent.glob("anchor-until-*.txt")
    assert str(old) in told.getvalue()
    assert "3 19 " in old.read_text()
    assert Entry.objects.get(action="ledger.anchor_begun").detail == {"old": old.name}
    assert found() == []


def test_a_house_without_an_anchor_is_told_so(file: Path) -> None:
    with pytest.raises(CommandError, match="There is no anchor"):
        call_command("anchor")
    file.write_text("\n")
    with pytest.raises(CommandError, match="has no line"):
        call_command("anchor")


def test_what_was_left_behind_is_a_warning(file: Path) -> None:
    (warning,) = invariants.WARNINGS
    sealed.make()
    assert list(warning.offenders()) == []
    run("INSERT INTO ledger_entry (at, action, subject_type, subject_id, detail)"
        " VALUES (now() - interval '2 hours', 'x.y', 'x', 1, '{}')")  # fmt: skip
    assert "does the worker run" in "".join(warning.offenders())
    seal_all()
    assert list(warning.offenders()) == []
    with as_superuser():
        run("UPDATE ledger_seal SET sealed_at = sealed_at - interval '2 hours'")
        file.write_text("nonsense\n")
        assert f"is not in {file}" in "".join(warning.offenders())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_seal SET count = 0 WHERE number = 1",
        "DELETE FROM ledger_seal WHERE number = 1",
        "TRUNCATE ledger_seal",
    ],
)
def test_seals_refuse_to_be_changed(statement: str) -> None:
    sealed.make()
    with pytest.raises(DatabaseError, match="only ever appended to"), transaction.atomic():
        run(statement)


def test_the_role_of_the_application_seals_and_changes_nothing() -> None:
    role = role_of_the_application()
    for table, given in (("ledger_seal", "ALL"), ("ledger_horizon", "ALL"), ("ledger_entry", "SELECT, INSERT")):  # fmt: skip
        run(f"GRANT {given} ON {table} TO {role}")
    run(f"GRANT USAGE ON SEQUENCE ledger_entry_id_seq, ledger_horizon_id_seq TO {role}")
    run("SELECT ledger_keep_off('ledger_seal')")
    verbs = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
    allowed = [
        ask(f"SELECT has_table_privilege('{role}', 'ledger_seal', '{verb}')") for verb in verbs
    ]
    assert allowed == [True, True, False, False, False]
    run(f"SET ROLE {role}")
    sealed.run(sealed.MAKE, 8)
    ledger.draw_horizon()
    seal_all()
    run("RESET ROLE")
    assert Seal.objects.exists()
    assert found() == []
