"""The tenant matrix in short, and each of its oracles seen to fail. In full: ``bin/bench matrix``."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.apps import apps

from tests.attacks.planting import WORDS, undeclared
from tests.tenancy import matrix as whole
from tests.tenancy import tally
from tests.tenancy.asking import Sent, undone
from tests.tenancy.bodies import integers
from tests.tenancy.canaries import STAY_EMPTY
from tests.tenancy.matrix import Matrix
from tests.tenancy.pushes import pushes
from tests.tenancy.rights import rights_are_gone
from tests.tenancy.routes import all_routes
from tests.tenancy.town import OWN, SIBLING, Town, a_town
from unionhall.kernel.notify import actions as notify
from unionhall.people.unions import actions as tree
from unionhall.site.export_lists import LISTS

pytestmark = pytest.mark.django_db
# Nobody of the town has said anything there; the names of the tree are no secret
EMPTY = STAY_EMPTY | {
    "members.Change was", "unions.Change was", "members.RollRow changes", "unions.ListRow changes", "lectures.PlacesChange because",
    "quiz.Review answer", "quiz.QuestionPicture text", "notify.ConsoleText text", "unions.Union name",
}  # fmt: skip
NOTHING = {kind: [] for kind in tally.KINDS}


@pytest.fixture(scope="module")
def first(django_db_setup, django_db_blocker) -> Iterator[Matrix]:
    """A town, built once, and whoever asks there; what a test does to it is undone behind it."""
    with django_db_blocker.unblock(), undone():
        logging.disable(logging.CRITICAL)
        asking = Matrix(a_town())
        rights_are_gone(asking)
        assert asking.tally.offences == NOTHING
        yield asking
        logging.disable(logging.NOTSET)


@pytest.fixture
def town(first) -> Town:
    return first.town


@pytest.fixture
def matrix(first, db) -> Matrix:
    return Matrix(first.town, voices=first.voices)


def test_the_matrix_in_short(matrix):
    matrix.in_short()
    assert matrix.tally.offences == NOTHING
    assert matrix.tally.asked > 1000
    assert matrix.tally.met == {route.where for route in all_routes()}


def test_what_is_told_is_hers_to_know(matrix):
    assert pushes(matrix) > 5
    assert matrix.tally.offences == NOTHING


def test_every_list_leaves_with_what_is_hers_alone(matrix):
    matrix.names = ("own officer",)
    matrix.exports()
    assert matrix.tally.offences == NOTHING
    assert len(matrix.tally.files) > 10


def test_every_column_of_words_bears_a_canary(town):
    """So that whatever shows a text shows whose it is."""
    bare = []
    for label, names in WORDS.items():
        model = apps.get_model(label)
        rows = list(model._default_manager.values_list(*names.split()))
        texts = [repr(one) for one in zip(*rows, strict=True)] or [""] * len(names.split())
        bare += [
            f"{label} {name}"
            for name, text in zip(names.split(), texts, strict=True)
            if town.words[OWN] not in text
        ]
    assert set(bare) == EMPTY
    assert undeclared() == []


# == Controls: a fault is planted for each oracle ==

PLANTED = {
    "list_of_all": (tally.CANARIES, Matrix.doors),
    "archive_of_all": (tally.CANARIES, Matrix.doors),
    "in_a_header": (tally.CANARIES, Matrix.doors),
    "tells_others": (tally.CANARIES, Matrix.doors),
    "forbidden": (tally.TOLD_APART, Matrix.paths),
    "looks_twice": (tally.TOLD_APART, Matrix.paths),
    "from_the_query": (tally.TOLD_APART, Matrix.contents),
    "from_the_body": (tally.TOLD_APART, Matrix.contents),
    "says_officers": (tally.READER, Matrix.doors),
    "all_that_comes": (tally.STUFFED, Matrix.stuffed),
    "count_of_all": (tally.COUNTS, Matrix.counts),
    "breaks": (tally.ERRORS, Matrix.doors),
    "silent": (tally.UNEXPECTED, Matrix.doors),
}


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(matrix, settings, fault):
    settings.ROOT_URLCONF = "tests.tenancy.planted"
    kind, step = PLANTED[fault]
    matrix.names = whole.FEW
    matrix.routes = [one for one in all_routes() if one.where.startswith(f"/planted/{fault}/")]
    step(matrix)
    assert matrix.routes
    assert matrix.tally.offences[kind], matrix.tally.offences


def test_a_right_that_is_not_gone_would_be_seen(matrix, monkeypatch):
    """The officer who was dismissed is one again, and the next request lets her in."""
    matrix.names = ("own officer", "ended")
    matrix.routes = [one for one in all_routes() if one.where == "/desk/"]
    matrix.doors()
    assert matrix.tally.offences == NOTHING
    tree.appoint(matrix.town.logins["ended"], union=matrix.town.worlds[OWN].union, role="officer")
    matrix.doors()
    assert {one.split(":")[0] for one in matrix.tally.offences[tally.READER]} == {"ended"}


def test_a_number_that_nobody_placed_would_be_seen():
    gift = {
        "type": "object",
        "properties": {"gifts": {"type": "array", "items": {"type": "integer"}}},
    }
    assert integers(gift) == ["gifts"]
    assert not {"gifts"} & whole.KNOWN_NUMBERS


def test_a_push_of_anothers_would_be_seen(matrix):
    theirs = matrix.town.worlds[SIBLING]
    notify.send(
        matrix.town.worlds[OWN].member,
        "welfare/voucher_expiring",
        title=theirs.lesson.title,
        url="/",
    )
    pushes(matrix)
    assert any("SEND" in one for one in matrix.tally.offences[tally.CANARIES])


def test_a_file_of_anothers_would_be_seen(matrix, monkeypatch):
    """Her list is found as if her neighbour had asked for it."""
    name, theirs = "learning.lessons", matrix.town.worlds[SIBLING].officer
    listed = LISTS[name]
    found = replace(listed, find=lambda _user, filters: listed.find(theirs, filters))
    monkeypatch.setitem(LISTS, name, found)
    matrix.names, matrix.lists = ("own officer",), [name]
    matrix.exports()
    assert len(matrix.tally.offences[tally.CANARIES]) == 2  # once in each form


def test_what_is_hers_is_seen(matrix):
    """A control of the canaries: on her own pages they stand."""
    town = matrix.town
    answer = matrix.voices.ask(
        "own officer", Sent("GET", f"/desk/lectures/{town.worlds[OWN].series.pk}/")
    )
    assert set(town.shown_in(answer.text)) == {OWN}
    for foreign in (SIBLING,):
        address = f"/desk/lectures/{town.worlds[foreign].series.pk}/"
        assert matrix.voices.ask("own officer", Sent("GET", address)).status == 404
