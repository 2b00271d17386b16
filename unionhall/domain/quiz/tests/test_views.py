from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from unionhall.domain.quiz import actions
from unionhall.domain.quiz.models import Answer, Attempt, Contest
from unionhall.domain.quiz.queries import winners
from unionhall.domain.quiz.tests.conftest import (
    a_contest,
    a_small_contest,
    answer_all,
    overdue,
    passed,
    right_answers,
    started,
)
from unionhall.kernel.audience.rules import Audience
from unionhall.people.accounts.actions import give_consent
from unionhall.people.accounts.models import Consent

HTMX = {"HX-Request": "true"}


@pytest.fixture
def phone(client, ann):
    client.force_login(ann.user)
    return client


def page(client, name, *args, status=200, **kwargs):
    response = client.get(reverse(f"quiz:{name}", args=args), **kwargs)
    assert response.status_code == status
    return response.content.decode()


def send(client, attempt, position, **data):
    url = reverse("quiz:question", args=[attempt.pk, position])
    headers = data.pop("headers", None)
    return client.post(url, data, headers=headers)


def test_the_start_page_tells_the_rules_before_anything_begins(phone, contest, ann):
    actions.admit(contest, ann)
    told = page(phone, "contest", contest.pk)
    assert all(
        fact in told
        for fact in (
            "55 道，满分 150 分",
            "100 分",
            "30 分钟",
            "蛋糕券，80 份",
            "全体会员",
            "开始答题",
        )
    )
    assert not Attempt.objects.exists()


def test_without_the_lecture_there_is_no_button(phone, contest):
    assert "看完讲座就能答题" in page(phone, "contest", contest.pk)


def test_pressing_start_leads_to_the_first_question(phone, contest, ann):
    actions.admit(contest, ann)
    response = phone.post(reverse("quiz:start", args=[contest.pk]), follow=True)
    assert response.redirect_chain[-1][0] == reverse(
        "quiz:question", args=[Attempt.objects.get().pk, 1]
    )
    assert "第 1 题，共 55 题" in response.content.decode()


def test_a_forged_start_without_admission_is_refused_in_three_parts(phone, contest):
    response = phone.post(reverse("quiz:start", args=[contest.pk]))
    assert response.status_code == 409
    assert all(
        part in response.content.decode()
        for part in ("现在还不能答题", "讲座还没有看完", "看完讲座")
    )


def test_without_script_an_answer_is_saved_by_going_on(phone, contest, ann):
    attempt = started(contest, ann)
    response = send(phone, attempt, 1, answer="B", seq=0, go="next")
    assert response.url == reverse("quiz:question", args=[attempt.pk, 2])
    assert Answer.objects.get().given == ["B"]
    told = page(phone, "question", attempt.pk, 1)
    assert re.search(r'value="B" checked', told)
    assert 'name="seq" value="1"' in told


@pytest.mark.parametrize(
    ("go", "to"), [("next", 3), ("previous", 1), ("17", 17), ("stay", 2), ("", 3), ("999", None)]
)
def test_the_button_pressed_says_where_to(phone, contest, ann, go, to):
    attempt = started(contest, ann)
    expected = (
        reverse("quiz:question", args=[attempt.pk, to])
        if to
        else reverse("quiz:hand_in", args=[attempt.pk])
    )
    assert send(phone, attempt, 2, seq=0, go=go).url == expected


def test_with_htmx_the_fragment_says_saved(phone, contest, ann):
    attempt = started(contest, ann)
    response = send(phone, attempt, 1, answer="B", seq=0, headers=HTMX)
    told = response.content.decode()
    assert "已保存" in told
    assert "<html" not in told
    assert "已答 1 题" in told


def test_nothing_given_is_not_said_to_be_saved(phone, contest, ann):
    attempt = started(contest, ann)
    told = send(phone, attempt, 51, seq=0, later="on", headers=HTMX).content.decode()
    assert Answer.objects.get().later
    assert "已保存" not in told
    assert "还没答" in told


def test_multiple_choice_and_blanks_come_through_a_plain_form(phone, contest, ann):
    attempt = started(contest, ann)
    right = right_answers(attempt)
    for position in (26, 36, 51):
        send(phone, attempt, position, answer=right[position], seq=0)
    assert {answer.position: answer.given for answer in Answer.objects.all()} == {
        at: right[at] for at in (26, 36, 51)
    }


@pytest.mark.parametrize("headers", [None, HTMX])
def test_a_stale_tab_is_told_and_loses_nothing(phone, contest, ann, headers):
    attempt = started(contest, ann)
    actions.save_answer(attempt, 1, ["B"], seq=0)
    response = send(phone, attempt, 1, answer="C", seq=0, headers=headers)
    told = response.content.decode()
    assert response.status_code == 409
    assert "在另一个页面改过了" in told
    assert 'name="seq" value="1"' in told
    assert headers or re.search(r'value="C" checked', told)
    assert send(phone, attempt, 1, answer="C", seq=1).status_code == 302
    assert Answer.objects.get().given == ["C"]


def test_time_over_leads_to_the_result(phone, contest, ann):
    attempt = overdue(started(contest, ann))
    response = send(phone, attempt, 1, answer="B", seq=0)
    assert response.url == reverse("quiz:result", args=[attempt.pk])
    assert "时间到了" in page(phone, "result", attempt.pk)
    again = started(a_contest(contest.union, bank=contest.bank), ann)
    assert send(phone, overdue(again), 1, answer="B", seq=0, headers=HTMX)["HX-Redirect"]


def test_leaving_and_coming_back_goes_on_where_one_was(phone, contest, ann):
    attempt = answer_all(started(contest, ann), points=9)
    response = phone.get(reverse("quiz:attempt", args=[attempt.pk]))
    assert response.url == reverse("quiz:question", args=[attempt.pk, 4])
    assert "接着答" in page(phone, "contest", contest.pk)


def test_the_back_button_asks_the_server_again(phone, contest, ann):
    attempt = started(contest, ann)
    response = phone.get(reverse("quiz:question", args=[attempt.pk, 1]))
    assert response["Cache-Control"] == "no-store"


def test_handing_in_says_how_many_are_missing(phone, contest, ann):
    attempt = answer_all(started(contest, ann), points=75)
    actions.save_answer(attempt, 1, right_answers(attempt)[1], seq=1, later=True)
    assert "还有 30 题没答" in page(phone, "hand_in", attempt.pk)
    for _click in (1, 2):
        response = phone.post(reverse("quiz:hand_in", args=[attempt.pk]))
        assert response.url == reverse("quiz:result", args=[attempt.pk])


def test_the_result_of_a_winner(phone, contest, ann):
    attempt = passed(contest, ann)
    told = page(phone, "result", attempt.pk)
    assert all(
        fact in told
        for fact in (
            "150 分，排在第 1 位。",
            "蛋糕券是你的了。",
            winners.committed_text_of(attempt),
        )
    )


def test_a_winner_reads_whether_the_list_names_her(phone, contest, ann):
    attempt = passed(contest, ann)
    assert "上面没有你的姓名" in page(phone, "result", attempt.pk)
    give_consent(ann.user, Consent.Kind.WINNERS)
    assert "你的姓名会遮住一部分" in page(phone, "result", attempt.pk)


def test_the_honest_reason_of_who_came_too_late(phone, plant7, ann, chen):
    contest = a_small_contest(plant7, prizes=1)
    passed(contest, chen)
    attempt = passed(contest, ann)
    told = page(phone, "result", attempt.pk)
    handed = timezone.localtime(attempt.handed_in_at).strftime("%m-%d %H:%M:%S")
    assert all(
        fact in told
        for fact in ("奖品在你之前发完了", "第 1 份发出", "你是第 2 位及格的", handed, "晚了")
    )


def test_who_did_not_pass_may_try_again_where_that_is_allowed(phone, plant7, ann):
    contest = a_contest(plant7, attempts_allowed=2)
    attempt = actions.hand_in(started(contest, ann))
    told = page(phone, "result", attempt.pk)
    assert all(fact in told for fact in ("离及格还差 100 分", "还可以再答 1 次"))


@pytest.mark.parametrize("by", ["lot", "score"])
def test_who_wins_is_told_after_the_end(phone, plant7, ann, by):
    contest = a_small_contest(plant7, winners_by=by)
    attempt = passed(contest, ann)
    assert "谁得奖，结束后" in page(phone, "result", attempt.pk)
    actions.close_contest(contest)
    assert "蛋糕券是你的了" in page(phone, "result", attempt.pk)


def test_the_lots_can_be_checked_by_hand(phone, plant7, ann, chen):
    import hashlib

    contest = a_small_contest(plant7, winners_by="lot", prizes=1)
    attempt = passed(contest, ann)
    passed(contest, chen)
    before = page(phone, "winners", contest.pk)
    assert "抽完才公布" in before
    actions.close_contest(contest)
    pool = contest.prizes
    pool.refresh_from_db()
    assert hashlib.sha256(pool.seed.encode()).hexdigest() in before
    assert f"{pool.seed}|{ann.pk}" in page(phone, "result", attempt.pk)
    lots = {
        one: hashlib.sha256(f"{pool.seed}|{one}".encode()).hexdigest() for one in (ann.pk, chen.pk)
    }
    assert Attempt.objects.get(prize__isnull=False).member_id == min(lots, key=lots.get)


@pytest.mark.parametrize(
    "refusal", ["already_held", "not_for_you", "not_open", "not_drawn", "outscored"]
)
def test_every_reason_has_its_words(phone, small, ann, refusal):
    attempt = passed(small, ann)
    Attempt.objects.update(prize=None, prize_refusal=refusal)
    told = page(phone, "result", attempt.pk)
    assert "这次没有奖品给你，原因写在下面" in told
    assert told.count('class="notice info"') == 1


def test_a_review_is_asked_and_its_answer_read_on_the_result(phone, small, ann, bo):
    attempt = passed(small, ann)
    assert "申请复核" in page(phone, "result", attempt.pk)
    url = reverse("quiz:review", args=[attempt.pk])
    assert phone.post(url, {"text": ""}).status_code == 422
    assert phone.post(url, {"text": "时间不对"}).status_code == 302
    assert "前由人来查并答复你" in page(phone, "result", attempt.pk)
    actions.answer_review(attempt.review, text="查过了", by=bo)
    assert "查过了" in page(phone, "result", attempt.pk)


def test_the_winners_list_is_masked_and_can_be_kept(phone, small, ann, chen):
    Consent.objects.create(user=ann.user, kind="winners", version="1")
    passed(small, ann)
    passed(small, chen)
    told = page(phone, "winners", small.pk)
    assert "苏*蛰" in told
    assert "按本人意愿不公开" in told
    assert chen.name not in told
    csv = page(phone, "winners_csv", small.pk).splitlines()
    assert csv[0].endswith("place,name,handed_in_at,commitment,link")
    assert csv[-1].endswith(winners.last_link(small))
    assert "SHA-256" in page(phone, "verify")


def test_an_officer_who_is_no_member_reads_the_list(client, small, bo, cai):
    client.force_login(bo)
    page(client, "winners", small.pk)
    client.force_login(cai)
    page(client, "winners", small.pk, status=404)


# == Who may see what ==
def test_a_stranger_to_the_contest_sees_none_of_it(client, plant7, ann, chen):
    contest = a_small_contest(plant7, audience=Audience(under_union=plant7.pk))
    attempt = passed(contest, ann)
    client.force_login(chen.user)
    for name in ("contest", "winners", "winners_csv"):
        page(client, name, contest.pk, status=404)
    for name in ("attempt", "hand_in", "result"):
        page(client, name, attempt.pk, status=404)
    page(client, "question", attempt.pk, 1, status=404)
    assert client.post(reverse("quiz:start", args=[contest.pk])).status_code == 404
    assert client.post(reverse("quiz:hand_in", args=[attempt.pk])).status_code == 404
    assert client.post(reverse("quiz:review", args=[attempt.pk]), {"text": "x"}).status_code == 404


def test_somebody_signed_out_is_asked_to_sign_in(client, contest):
    assert "sign-in" in client.get(reverse("quiz:contest", args=[contest.pk])).url


def test_a_login_without_a_place_on_the_roll_is_told(client, contest, dee):
    client.force_login(dee)
    response = client.get(reverse("quiz:contest", args=[contest.pk]))
    assert response.status_code == 409
    assert "会员名册" in response.content.decode()


# == The key stays on the server ==
def everything_she_can_fetch(phone, contest, attempt):
    """Every page and every API answer of a running attempt, as one text."""
    told = [
        page(phone, "contest", contest.pk),
        page(phone, "hand_in", attempt.pk),
        page(phone, "winners", contest.pk),
    ]
    told += [page(phone, "question", attempt.pk, at) for at in range(1, len(attempt.paper) + 1)]
    told.append(send(phone, attempt, 1, answer="A", seq=0, headers=HTMX).content.decode())
    told.append(phone.get(f"/api/v1/quiz/attempts/{attempt.pk}/").content.decode())
    told.append(phone.post(f"/api/v1/quiz/contests/{contest.pk}/attempts/").content.decode())
    return "\n".join(told)


def test_no_page_and_no_api_of_a_running_attempt_holds_the_key(phone, contest, ann, keys_in_words):
    attempt = started(contest, ann)
    told = everything_she_can_fetch(phone, contest, attempt)
    stems = "".join(
        re.findall(r"<legend.*?</legend>|<label for=\"answer.*?</label>", told, re.DOTALL)
    )
    bare = told.replace(stems, "")
    leaked = {key for key in keys_in_words if len(key) > 3 and key in bare and key not in stems}
    assert leaked == set()


def test_a_canary_in_the_key_is_nowhere(phone, contest, ann):
    """Explanations and accepted texts carry a mark that stands nowhere else."""
    from unionhall.domain.quiz.models import QuestionVersion

    for version in QuestionVersion.objects.all():
        version.explanation = "CANARY-explanation"
        if version.kind == "fill":
            version.answer = [["CANARY-key"] for _blank in version.answer]
        version.tags = ["CANARY-tag"]
        version.save()
    attempt = started(contest, ann)
    assert "CANARY" not in everything_she_can_fetch(phone, contest, attempt)


@pytest.mark.parametrize(
    ("reveal", "state", "told"),
    [
        ("after_hand_in", "published", True),
        ("after_close", "published", False),
        ("after_close", "closed", True),
        ("never", "closed", False),
    ],
)
def test_the_key_leaves_by_the_rule_only(phone, contest, ann, reveal, state, told):
    from unionhall.domain.quiz.models import QuestionVersion

    QuestionVersion.objects.update(explanation="CANARY")
    attempt = actions.hand_in(started(contest, ann))
    Contest.objects.update(reveal=reveal, state=state)
    assert ("CANARY" in page(phone, "result", attempt.pk)) is told
    by_api = phone.get(f"/api/v1/quiz/attempts/{attempt.pk}/result/").content.decode()
    assert ("CANARY" in by_api) is told


def test_a_question_page_takes_few_statements(phone, contest, ann, django_assert_max_num_queries):
    attempt = answer_all(started(contest, ann), points=9)
    with django_assert_max_num_queries(12):
        page(phone, "question", attempt.pk, 1)


@pytest.mark.parametrize("path", ["contest", "hand_in", "question", "result"])
def test_pages_read_in_english(phone, contest, ann, path):
    attempt = started(contest, ann)
    if path == "result":
        actions.hand_in(attempt)
    args = (
        [contest.pk]
        if path == "contest"
        else [attempt.pk, 1]
        if path == "question"
        else [attempt.pk]
    )
    page(phone, path, *args, headers={"Accept-Language": "en"})
