"""The figures of a bank's questions, on the desk and by the API; fewer than ten answers are nobody's business."""

from __future__ import annotations

import pytest
from django.urls import reverse

from unionhall.domain.quiz.exports import FIGURES
from unionhall.domain.quiz.models import Bank, QuestionTally, QuestionVersion
from unionhall.domain.quiz.queries.statistics import ORDERS, fared_in, figures_of
from unionhall.domain.quiz.tests.conftest import a_bank
from unionhall.site.second_factor import remember


@pytest.fixture
def bank(plant7):
    """Two questions with figures, one with nine answers, the rest never asked."""
    bank = a_bank(plant7)
    hard, easy, rare = QuestionVersion.objects.filter(kind="single").order_by("pk")[:3]
    tally(hard, 40, 10, -0.25, {"A": 10, "B": 29, "": 1})
    tally(easy, 20, 19, 0.5, {})
    tally(rare, 9, 3, None, {"A": 9})
    return bank


def tally(version, asked, right, discrimination, chosen):
    QuestionTally.objects.create(
        version=version, asked=asked, right=right, chosen=chosen, discrimination=discrimination,
        facility=right / asked if asked >= 10 else None,
    )  # fmt: skip


@pytest.fixture
def bos(client, bo):
    client.force_login(bo)
    session = client.session
    remember(session, bo)
    session.save()
    return client


@pytest.mark.parametrize(
    ("order", "first_two"),
    [
        ("facility", [25, 95]),
        ("-facility", [95, 25]),
        ("discrimination", [25, 95]),
        ("-discrimination", [95, 25]),
        ("asked", [95, 25]),
        ("-asked", [25, 95]),
        ("; DROP TABLE", [25, 95]),
    ],
)
def test_each_order_has_what_has_no_figures_last(bank, order, first_two):
    figures = [figures_of(version) for version in fared_in(bank, order)]
    assert [one.facility for one in figures[:2]] == first_two
    assert {one.asked for one in figures[2:]} == {None}


def test_what_was_chosen_is_told_with_what_is_right(bank):
    figures = figures_of(fared_in(bank).first())
    shares = {share.letter: share.percent for share in figures.shares}
    assert (shares["A"], shares["B"], shares["C"], shares[""]) == (25, 72, 0, 2)
    assert [share.letter for share in figures.shares if share.right] == figures.version.answer


def test_of_nine_answers_nothing_is_shown(bank, bos):
    html = bos.get(reverse("quiz_desk:statistics", args=[bank.pk])).text
    assert html.count("不到 10 次</td>") == 48  # of the fifty on this page
    assert "33%" not in html
    assert "-0.25" in html


def test_a_page_of_figures_takes_one_statement(bank, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert len([figures_of(version) for version in fared_in(bank, "-asked")[:50]]) == 50


def test_the_bank_leads_to_its_figures_and_a_stranger_does_not_see_them(bank, bos, client, cai):
    address = reverse("quiz_desk:statistics", args=[bank.pk])
    assert address in bos.get(reverse("quiz_desk:bank", args=[bank.pk])).text
    client.force_login(cai)
    session = client.session
    remember(session, cai)
    session.save()
    assert client.get(address).status_code == 404


def test_the_figures_leave_as_a_list_in_the_order_of_the_page(bank, bo, cai):
    found = FIGURES.find(bo, {"bank": str(bank.pk), "order": "-asked"})
    rows = [[column.value(one) for column in FIGURES.columns[2:]] for one in found.stream()]
    assert rows[:3] == [[40, 25, -0.25], [20, 95, 0.5], [None, None, None]]
    for user, asked in ((cai, str(bank.pk)), (bo, "1 OR 1=1")):
        with pytest.raises(Bank.DoesNotExist):
            FIGURES.find(user, {"bank": asked})


@pytest.mark.parametrize("order", ORDERS)
def test_the_api_says_the_same(bank, bos, order):
    address = f"/api/v1/quiz/desk/banks/{bank.pk}/statistics/"
    answer = bos.get(address, {"order": order}).json()
    first = answer["items"][0]
    assert first["asked"] in {20, 40}
    assert answer["items"][2]["asked"] is None
    assert bos.get(address, {"order": "stem"}).status_code == 422
