"""A bank, a merchant and a lecture hall for tests."""

import datetime as dt

from django.utils import timezone

from unionhall.domain.learning.models import Watching
from unionhall.domain.learning.tests.made import a_video_lesson
from unionhall.domain.lectures import actions as lectures
from unionhall.domain.lectures.forms import MOMENT, new_draft, terms_of
from unionhall.domain.lectures.models import Phase, Series
from unionhall.domain.quiz import actions as quiz
from unionhall.domain.quiz.models import Bank, Question, QuestionVersion
from unionhall.domain.welfare import actions as welfare

HOUR = dt.timedelta(hours=1)
SMALL = {
    "single_count": "2",
    "single_points": "60",
    "multiple_count": "0",
    "judge_count": "1",
    "judge_points": "30",
    "fill_count": "0",
}


def a_bank(union, name="燃气安全题库", singles=4, judges=3):
    bank = Bank.objects.create(union=union, name=name)
    for number in range(singles):
        _question(
            bank, f"单选{number}", kind="single", options=["对的", "错的", "也错"], answer=["A"]
        )
    for number in range(judges):
        _question(bank, f"判断{number}", kind="judge", options=[], answer=[True])
    return bank


def _question(bank, stem, **version):
    question = Question.objects.create(bank=bank, stem_hash=stem)
    QuestionVersion.objects.create(question=question, stem=stem, score=3, **version)


def a_merchant(union, by, name="云杉面包坊"):
    return welfare.register_merchant(
        by=by, union=union, name=name, address="柳溪路 8 号", phone="010-00001234"
    )


def a_draft(union, *, made, changes):
    now = timezone.localtime()
    return (
        new_draft(union, now)
        | SMALL
        | {
            "title": "冬季用气安全",
            **{name: str(row.pk) for name, row in made.items()},
            "prize_title": "蛋糕券",
            "face_value": "80",
            "opens_at": (now - HOUR).strftime(MOMENT),
            "closes_at": (now + 24 * HOUR).strftime(MOMENT),
            **changes,
        }
    )


def a_draft_series(union, by, title="柳溪镇职工大讲堂", phases=1, **changes):
    made = {
        "lesson": a_video_lesson(union, by),
        "bank": a_bank(union),
        "merchant": a_merchant(union, by),
    }
    draft = a_draft(union, made=made, changes=changes)
    series = lectures.compose(union, by=by, draft=draft)
    for _ in range(phases - 1):
        lectures.add_phase(series, by=by)
    lectures.save_draft(
        series, fields={"title": title}, phases={phase.pk: draft for phase in series.phases.all()}
    )
    return Series.objects.get(pk=series.pk)


def a_published_phase(union, by, **changes) -> Phase:
    series = a_draft_series(union, by, **changes)
    lectures.publish(series, read=terms_of, by=by)
    return (
        series.phases.select_related("series", "lesson", "contest__prizes", "offer")
        .order_by("number")
        .first()
    )


def has_watched(phase, member):
    """She watches all of it, an hour ago by the clock."""
    player = lectures.open_player(phase, member=member)
    Watching.objects.filter(member=member, lesson=phase.lesson).update(
        opened_at=timezone.now() - HOUR, last_seen_at=timezone.now() - HOUR
    )
    return lectures.report_watched(
        phase, member=member, player=player, pieces=[(0, phase.lesson.milliseconds)]
    )


def answer_all_right(attempt):
    for position, (_version, order, _points) in enumerate(attempt.paper, start=1):
        given = [chr(65 + order.index(0))] if order else ["true"]
        quiz.save_answer(attempt, position, given, seq=0)
    return quiz.hand_in(attempt)


def takes_part(phase, member):
    has_watched(phase, member)
    return answer_all_right(quiz.start_attempt(phase.contest, member))
