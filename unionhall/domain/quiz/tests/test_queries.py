from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from tests.cast import a_login, a_member, many_members
from unionhall.domain.quiz import actions
from unionhall.domain.quiz.models import Attempt, Contest
from unionhall.domain.quiz.queries import attempts, results, winners
from unionhall.domain.quiz.rules import winners as recipe
from unionhall.domain.quiz.tests.conftest import (
    a_contest,
    a_small_contest,
    answer_all,
    overdue,
    passed,
    started,
)
from unionhall.kernel.audience.rules import Audience
from unionhall.people.accounts.models import Consent


def consent(user):
    return Consent.objects.create(user=user, kind=Consent.Kind.WINNERS, version="1")


def test_the_reason_of_a_winner(small, ann):
    reason = results.reason_of(passed(small, ann))
    assert (reason.code, reason.place, reason.capacity, reason.given_out) == ("won", 1, 80, 1)


def test_the_reason_of_who_came_too_late_has_both_times(plant7, ann, chen):
    contest = a_small_contest(plant7, prizes=1)
    first, late = passed(contest, ann), passed(contest, chen)
    reason = results.reason_of(late)
    assert (reason.code, reason.passed_as, reason.place, reason.shown_place) == (
        "sold_out",
        2,
        None,
        2,
    )
    assert reason.last_prize_at >= first.handed_in_at
    assert reason.late_by == late.handed_in_at - reason.last_prize_at


def test_lateness_is_told_in_days_hours_minutes_seconds():
    now = timezone.now()
    facts = dict.fromkeys(results.Reason.__dataclass_fields__)
    late = dt.timedelta(days=1, hours=2, minutes=3, seconds=4)
    reason = results.Reason(
        **{**facts, "code": "sold_out", "handed_in_at": now + late, "last_prize_at": now}
    )
    assert reason.late_parts == (1, 2, 3, 4)


@pytest.mark.parametrize(("micro", "seconds"), [((900_000, 100_000), 1), ((100_000, 900_000), 0)])
def test_lateness_is_that_between_the_seconds_that_are_shown(micro, seconds):
    """On a page with 05:09:44 and 05:09:45 nobody reads that she was late by 0 seconds."""
    given = timezone.now().replace(microsecond=micro[0])
    handed = given.replace(microsecond=micro[1]) + dt.timedelta(seconds=seconds)
    facts = dict.fromkeys(results.Reason.__dataclass_fields__)
    reason = results.Reason(
        **{**facts, "code": "sold_out", "handed_in_at": handed, "last_prize_at": given}
    )
    assert reason.late_parts == (0, 0, 0, seconds)


@pytest.mark.parametrize(
    ("by", "code"), [("lot", "awaiting"), ("score", "awaiting"), ("order", "won")]
)
def test_before_the_end_lots_and_scores_are_awaited(plant7, ann, by, code):
    assert results.reason_of(passed(a_small_contest(plant7, winners_by=by), ann)).code == code


def test_without_a_pass_the_missing_points_are_told(contest, ann):
    reason = results.reason_of(actions.hand_in(answer_all(started(contest, ann), points=80)))
    assert (reason.code, reason.missing) == ("not_passed", 100 - reason.score)


def test_without_prizes_a_pass_is_a_pass(plant7, ann):
    assert results.reason_of(passed(a_small_contest(plant7, prizes=None), ann)).code == "no_prizes"


def test_one_prize_in_two_phases_is_refused_with_its_reason(plant7, ann):
    from unionhall.kernel.allotment import actions as allotment

    pools = [
        allotment.open_pool(label=label, capacity=5, family="讲堂")
        for label in ("蛋糕券", "观影券")
    ]
    first = a_small_contest(plant7, prizes=None)
    second = a_small_contest(plant7, prizes=None, bank=first.bank)
    for contest, pool in zip((first, second), pools, strict=True):
        contest.prizes = pool
        contest.save()
    assert results.reason_of(passed(first, ann)).code == "won"
    assert results.reason_of(passed(second, ann)).code == "already_held"


class TestWinners:
    def test_names_are_masked_and_only_with_consent(self, small, ann, chen):
        consent(ann.user)
        passed(small, ann)
        passed(small, chen)
        assert [(one.place, one.name) for one in winners.winners_of(small)] == [
            (1, "苏*蛰"),
            (2, ""),
        ]

    def test_consent_withdrawn_hides_the_name_and_keeps_the_place(self, small, ann):
        given = consent(ann.user)
        passed(small, ann)
        given.withdrawn_at = timezone.now()
        given.save()
        assert [(one.place, one.name) for one in winners.winners_of(small)] == [(1, "")]

    def test_a_winner_can_prove_her_line_and_the_list_tells_nothing_of_the_salt(self, small, ann):
        import hashlib

        attempt = passed(small, ann)
        text = winners.committed_text_of(attempt)
        (line,) = winners.winners_of(small)
        assert hashlib.sha256(text.encode()).hexdigest() == line.commitment
        assert attempt.salt not in str(line)

    def test_a_later_list_goes_on_from_the_earlier(self, small, plant7):
        people = many_members(4, plant7)
        passed(small, people[0])
        before = winners.winners_of(small)
        for member in people[1:]:
            passed(small, member)
        assert winners.winners_of(small)[:1] == before
        assert winners.last_link(small) == winners.winners_of(small)[-1].link

    def test_the_chain_goes_on_from_where_this_process_left_it(self, small, plant7, monkeypatch):
        for member in many_members(3, plant7):
            passed(small, member)
        before = winners.last_link(small)
        passed(small, a_member("人9", plant7))
        hashed = []
        links = recipe.links
        monkeypatch.setattr(
            recipe, "links", lambda *args, **more: hashed.append(args[1]) or links(*args, **more)
        )
        after = winners.last_link(small)
        assert [[place for place, _ in lines] for lines in hashed] == [[4]]
        assert after == winners.chained(small) != before

    def test_a_line_that_was_changed_since_is_not_gone_on_from(self, small, plant7):
        for member in many_members(2, plant7):
            passed(small, member)
        known = winners.last_link(small)
        small.attempts.filter(prize__place=2).update(salt="another")
        assert winners.last_link(small) == winners.chained(small) != known

    def test_nobody_is_on_the_list_of_a_contest_without_prizes(self, plant7, ann):
        contest = a_small_contest(plant7, prizes=None)
        passed(contest, ann)
        assert list(winners.prized(contest)) == []
        assert winners.last_link(contest) == recipe.first_link(contest.pk)

    def test_an_empty_list_has_the_first_link(self, small):
        assert winners.last_link(small) == recipe.first_link(small.pk)

    @pytest.mark.parametrize("count", [1, 3])
    def test_the_list_takes_two_statements_however_long(
        self, small, plant7, count, django_assert_num_queries
    ):
        for nth in range(count):
            passed(small, a_member(f"人{nth}", plant7, user=a_login("")))
        with django_assert_num_queries(2):
            winners.winners_of(small)

    @pytest.mark.parametrize("is_over", [False, True])
    def test_a_page_hashes_its_own_lines_and_the_end_keeps_the_chain(
        self, small, plant7, ann, client, is_over, django_assert_num_queries
    ):
        for member in [*many_members(2, plant7), ann, a_member("人9", plant7)]:
            passed(small, member)
        if is_over:
            actions.close_contest(small)
            small.refresh_from_db()
        link = winners.winners_of(small)[-1].link
        with django_assert_num_queries(0 if is_over else 1):
            assert winners.last_link(small) == link
        with django_assert_num_queries(2):
            (line,) = winners.shown(winners.prized(small)[2:3])
        assert line.place == 3
        client.force_login(ann.user)
        assert link in client.get(f"/quiz/{small.pk}/winners/").text


class TestReveal:
    def test_never_before_handing_in(self, plant7, ann):
        bank = a_contest(plant7).bank
        for rule in Contest.Reveal:
            contest = a_contest(plant7, reveal=rule, bank=bank)
            assert not attempts.may_reveal(started(contest, ann), now=timezone.now())

    def test_by_the_rule_and_nothing_else(self, plant7, ann):
        attempt = passed(a_small_contest(plant7), ann)
        contest = attempt.contest
        seen = {}
        for rule in Contest.Reveal:
            for state in ("published", "closed"):
                contest.reveal, contest.state = rule, state
                seen[rule, state] = attempts.may_reveal(attempt, now=timezone.now())
        assert [key for key, told in seen.items() if told] == [
            ("after_hand_in", "published"), ("after_hand_in", "closed"), ("after_close", "closed"),
        ]  # fmt: skip

    def test_the_marked_paper_tells_right_from_wrong(self, contest, ann):
        attempt = actions.hand_in(answer_all(started(contest, ann), points=75))
        marked = attempts.marked_paper(attempt)
        assert [one.right for one in marked] == [True] * 25 + [False] * 30
        assert sum(asked for _tag, _right, asked in attempts.right_by_tag(marked)) == 55


class TestShown:
    def test_the_right_answer_is_under_the_letter_shown(self, contest, ann):
        from unionhall.domain.quiz.models import QuestionVersion

        attempt = started(contest, ann)
        for at, slot in enumerate(attempt.slots[:35], start=1):
            version = QuestionVersion.objects.get(pk=slot.version_id)
            shown = attempts.shown(attempt, at)
            texts = {choice.letter: choice.text for choice in shown.choices}
            from unionhall.domain.quiz.rules.papers import shown_letters

            assert {texts[letter] for letter in shown_letters(slot, version.answer)} == {
                version.options["ABCDEFGH".index(letter)] for letter in version.answer
            }

    def test_the_whole_paper_takes_two_statements(self, contest, ann, django_assert_num_queries):
        attempt = started(contest, ann)
        with django_assert_num_queries(2):
            assert len(attempts.shown_paper(attempt)) == 55

    def test_there_is_no_question_beyond_the_paper(self, contest, ann):
        attempt = started(contest, ann)
        for position in (0, 56):
            with pytest.raises(IndexError):
                attempts.shown(attempt, position)

    def test_one_goes_on_at_the_first_unanswered(self, contest, ann):
        attempt = answer_all(started(contest, ann), points=9)
        assert attempts.first_unanswered(attempt) == 4
        assert attempts.first_unanswered(answer_all(overdue(attempt, minutes=-5))) == 55


class TestStart:
    def test_says_what_is_open_to_her(self, plant7, ann):
        contest = a_contest(plant7, attempts_allowed=3)
        start = attempts.start_of(contest, ann)
        assert (start.admitted, start.may_start, start.attempts_left, start.questions) == (
            False,
            False,
            3,
            55,
        )
        actions.admit(contest, ann)
        assert attempts.start_of(contest, ann).may_start
        attempt = actions.start_attempt(contest, ann)
        assert attempts.start_of(contest, ann).going_on == attempt
        actions.hand_in(answer_all(attempt))
        start = attempts.start_of(contest, ann)
        assert (start.may_start, start.counts, start.attempts_left) == (False, attempt, 2)

    def test_the_passing_attempt_counts_before_a_better_number_of_tries(self, plant7, ann):
        contest = a_contest(plant7, attempts_allowed=0)
        worse = actions.hand_in(answer_all(started(contest, ann), points=60))
        better = actions.hand_in(answer_all(started(contest, ann), points=80))
        assert attempts.start_of(contest, ann).counts == better
        assert attempts.start_of(contest, ann).attempts_left is None
        assert worse.score < better.score


def test_a_contest_is_for_its_audience_and_those_who_took_part(plant7, ann, chen):
    contest = a_small_contest(plant7, audience=Audience(under_union=plant7.pk))
    assert attempts.contest_for(ann, contest.pk) == contest
    with pytest.raises(Contest.DoesNotExist):
        attempts.contest_for(chen, contest.pk)
    Attempt.objects.create(
        contest=contest, member=chen, started_at=timezone.now(), due_at=timezone.now(), salt="s"
    )
    assert attempts.contest_for(chen, contest.pk) == contest


def test_a_draft_is_nobodys(plant7, ann):
    contest = a_small_contest(plant7, state=Contest.State.DRAFT)
    with pytest.raises(Contest.DoesNotExist):
        attempts.contest_for(ann, contest.pk)


def test_reviews_are_those_of_ones_unions_the_urgent_first(small, ann, bo, cai):
    review = actions.ask_review(passed(small, ann), text="时间不对")
    assert list(results.reviews_for(bo)) == [review]
    assert not results.reviews_for(cai).exists()


def test_one_pool_for_two_contests_is_one_prize(plant7, ann):
    first = a_small_contest(plant7)
    second = a_small_contest(plant7, prizes=None, bank=first.bank)
    second.prizes = first.prizes
    second.save()
    assert results.reason_of(passed(first, ann)).code == "won"
    assert results.reason_of(passed(second, ann)).code == "already_held"
