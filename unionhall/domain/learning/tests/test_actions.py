import datetime as dt
import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction

from unionhall.base.clock import now_in_database
from unionhall.base.errors import Refused
from unionhall.base.ledger.models import Entry
from unionhall.domain.learning import actions as learning
from unionhall.domain.learning.invariants import INVARIANTS
from unionhall.domain.learning.models import Watching
from unionhall.domain.learning.queries import has_finished, seconds_left, watching_of
from unionhall.domain.learning.rules import watching as rules
from unionhall.domain.learning.tests.made import SCRIPT, a_text_lesson, a_video_lesson

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def lesson(plant7, bo, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return a_video_lesson(plant7, bo, seconds=60)


def turn_back(watching, by):
    """As if she had begun so much earlier: the database's clock is not ours to set."""
    Watching.objects.filter(pk=watching.pk).update(
        opened_at=watching.opened_at - by, last_seen_at=watching.last_seen_at - by
    )


def test_a_lesson_knows_its_length_and_has_captions(lesson):
    assert (lesson.seconds, lesson.is_video) == (60, True)
    assert lesson.captions.startswith("WEBVTT")
    assert "用气不离人" in lesson.captions


def test_what_is_no_video_is_refused(plant7, bo):
    upload = SimpleUploadedFile("gas.mp4", b"this is a text", content_type="video/mp4")
    with pytest.raises(Refused) as refused:
        learning.publish_lesson(union=plant7, title="x", video=upload, by=bo)
    assert refused.value.code == "not_mp4"


def test_an_empty_lesson_is_refused(plant7, bo):
    with pytest.raises(Refused) as refused:
        learning.publish_lesson(union=plant7, title="x", script=" \n", by=bo)
    assert refused.value.code == "empty_lesson"


def test_opening_and_forging_earns_nothing(lesson, ann):
    player = learning.open_player(lesson, member=ann)
    report = learning.report_watched(lesson, member=ann, player=player, pieces=[(0, 60_000)])
    assert report.settled == [False]
    assert report.watching.covered_ms == 0
    assert not has_finished(lesson, ann)


def test_watching_in_time_is_credited_and_finishes(lesson, ann):
    player = learning.open_player(lesson, member=ann)
    turn_back(watching_of(lesson, ann), MINUTE)
    report = learning.report_watched(
        lesson,
        member=ann,
        player=player,
        pieces=[(0, 30_000), (30_000, 56_000)],
        position_ms=56_000,
    )
    assert report.settled == [True, True]
    assert seconds_left(lesson, report.watching) == 1
    report = learning.report_watched(lesson, member=ann, player=player, pieces=[(55_000, 60_000)])
    assert has_finished(lesson, ann)
    assert seconds_left(lesson, report.watching) == 0
    assert Entry.objects.filter(action="learning.lesson_finished", by_id=ann.user_id).count() == 1


def test_a_second_player_takes_over_and_the_first_is_told(lesson, ann):
    first = learning.open_player(lesson, member=ann)
    second = learning.open_player(lesson, member=ann)
    with pytest.raises(Refused) as refused:
        learning.report_watched(lesson, member=ann, player=first, pieces=[(0, 1_000)])
    assert refused.value.code == "other_player"
    assert learning.report_watched(
        lesson, member=ann, player=second, pieces=[(0, 1_000)]
    ).settled == [True]


def test_one_player_at_a_time_over_all_lessons(lesson, ann, plant7, bo):
    other = a_video_lesson(plant7, bo, title="心里有事怎么说")
    first = learning.open_player(lesson, member=ann)
    learning.open_player(other, member=ann)
    with pytest.raises(Refused):
        learning.report_watched(lesson, member=ann, player=first, pieces=[(0, 1_000)])


def test_the_time_between_two_visits_earns_nothing(lesson, ann):
    learning.open_player(lesson, member=ann)
    turn_back(watching_of(lesson, ann), MINUTE)
    player = learning.open_player(lesson, member=ann)
    report = learning.report_watched(lesson, member=ann, player=player, pieces=[(0, 60_000)])
    assert report.settled == [False]


def test_opening_again_and_again_gives_no_slack(lesson, ann):
    for _ in range(5):
        player = learning.open_player(lesson, member=ann)
    assert watching_of(lesson, ann).budget_ms == rules.SLACK_MS
    assert player


def test_nobody_reports_for_another(lesson, ann, chen):
    player = learning.open_player(lesson, member=ann)
    for forged in (player, "", "播"):
        with pytest.raises(Refused):
            learning.report_watched(lesson, member=chen, player=forged, pieces=[(0, 1_000)])


def test_a_text_is_read_after_its_time(plant7, bo, ann):
    lesson = a_text_lesson(plant7, bo, script="字" * 600)
    learning.open_text(lesson, member=ann)
    with pytest.raises(Refused) as refused:
        learning.read_text(lesson, member=ann)
    assert refused.value.code == "too_early"
    assert "1 分 00 秒" in refused.value.why
    turn_back(watching_of(lesson, ann), MINUTE)
    assert learning.read_text(lesson, member=ann).done_at
    assert learning.read_text(lesson, member=ann).read_at
    assert has_finished(lesson, ann)


def test_opening_a_text_again_does_not_start_over(plant7, bo, ann):
    lesson = a_text_lesson(plant7, bo)
    opened = learning.open_text(lesson, member=ann).opened_at
    assert learning.open_text(lesson, member=ann).opened_at == opened


# == Races: parallel reports of one player ==

PIECES = [
    (start, start + 5_000) for start in range(0, 60_000, 5_000)
]  # 12 pieces; the budget allows 6


def _report_all_at_once(lesson, member, player, report):
    start = threading.Barrier(len(PIECES))
    trouble = []

    def one(piece):
        try:
            start.wait()
            report(lesson, member, player, piece)
        except Exception as error:  # noqa: BLE001
            trouble.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(piece,)) for piece in PIECES]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert trouble == []


def _opened_twenty_seconds_ago(lesson, member):
    player = learning.open_player(lesson, member=member)
    Watching.objects.update(last_seen_at=now_in_database() - dt.timedelta(seconds=20))
    return player


def _earned():
    """Each accepted piece is 5 s; what was handed out stands in the ledger of the answers."""
    watching = Watching.objects.get()
    return watching.covered_ms, watching.budget_ms


@pytest.mark.django_db(transaction=True)
def test_parallel_reports_share_one_budget(lesson, ann):
    player = _opened_twenty_seconds_ago(lesson, ann)
    answers = []

    def report(lesson, member, player, piece):
        answers.extend(
            learning.report_watched(lesson, member=member, player=player, pieces=[piece]).settled
        )

    _report_all_at_once(lesson, ann, player, report)
    covered, _ = _earned()
    assert covered == sum(answers) * 5_000
    assert 30_000 <= covered <= 35_000


def _read_then_write(lesson, member, player, piece):
    """The same without the row lock: the control that must fail."""
    with transaction.atomic():
        watching = Watching.objects.get(lesson=lesson, member=member)
        assert watching.player == player
        settled = learning._credit(watching, lesson, [piece])
        gate.wait()
        watching.save()
    return settled


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_the_budget_is_spent_many_times(lesson, ann):
    global gate  # noqa: PLW0603
    gate = threading.Barrier(len(PIECES))
    player = _opened_twenty_seconds_ago(lesson, ann)
    answers = []
    _report_all_at_once(lesson, ann, player, lambda *args: answers.extend(_read_then_write(*args)))
    covered, _ = _earned()
    assert sum(answers) * 5_000 > 35_000
    assert covered != sum(answers) * 5_000


# == Invariants: green on honest data, red on each planted offence ==


def offenders():
    return [list(invariant.offenders()) for invariant in INVARIANTS]


def test_invariants_hold_after_watching_and_reading(lesson, ann, plant7, bo):
    player = learning.open_player(lesson, member=ann)
    turn_back(watching_of(lesson, ann), MINUTE)
    learning.report_watched(lesson, member=ann, player=player, pieces=[(0, 60_000)])
    text = a_text_lesson(plant7, bo)
    learning.open_text(text, member=ann)
    turn_back(watching_of(text, ann), MINUTE)
    learning.read_text(text, member=ann)
    assert offenders() == [[], [], []]


@pytest.mark.parametrize(
    ("planted", "broken"),
    [
        ({"intervals": [[0, 9], [5, 20]], "covered_ms": 24}, 0),
        ({"intervals": [[0, 500]], "covered_ms": 600}, 0),
        (
            {
                "intervals": [[0, 90_000]],
                "covered_ms": 90_000,
                "opened_at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC),
            },
            0,
        ),
        ({"intervals": [[0, 50_000]], "covered_ms": 50_000}, 1),
        ({"done_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}, 2),
    ],
)
def test_planted_offences_are_found(lesson, ann, planted, broken):
    learning.open_player(lesson, member=ann)
    Watching.objects.update(**planted)
    assert [bool(found) for found in offenders()] == [position == broken for position in range(3)]


def test_the_script_of_a_video_may_be_read_instead(lesson, ann):
    learning.open_text(lesson, member=ann)
    turn_back(watching_of(lesson, ann), dt.timedelta(seconds=39))
    with pytest.raises(Refused):
        learning.read_text(lesson, member=ann)
    turn_back(watching_of(lesson, ann), dt.timedelta(seconds=40))
    assert learning.read_text(lesson, member=ann).done_at
    assert SCRIPT in lesson.script
