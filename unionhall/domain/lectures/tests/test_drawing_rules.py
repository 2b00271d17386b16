"""The composer's draw: the plain numbers stay as plain as they were, and rules may stand beside them."""

import json

import pytest
from django.urls import reverse

from unionhall.domain.lectures import actions as lectures
from unionhall.domain.lectures.forms import MOST_RULES, RuleForm, phase_forms, rules_text, terms_of
from unionhall.domain.lectures.models import Series
from unionhall.domain.lectures.tests.made import a_draft_series
from unionhall.domain.quiz.models import QuestionVersion
from unionhall.domain.quiz.rules.papers import Rule

pytestmark = pytest.mark.django_db
HARD = {"kind": "single", "difficulty": "hard", "tag": "用气", "count": "1", "points": "20"}


@pytest.fixture
def series(plant7, bo):
    return a_draft_series(plant7, bo)


def row(phase, nth, **parts):
    return {f"p{phase.pk}-rules-{nth}-{name}": parts.get(name, "") for name in RuleForm.base_fields}


def save(client, series, **said):
    address = reverse("lectures_desk:save", args=[series.pk])
    return client.post(address, {"title": series.title, "union": series.union_id, **said})


def composed(client, series):
    return client.get(reverse("lectures_desk:compose", args=[series.pk])).text


def test_a_sentence_without_rules_is_kept_in_the_short_form(series, bo):
    lectures.publish(series, read=terms_of, by=bo)
    assert series.phases.get().contest.draw == {"single": [2, 60], "judge": [1, 30]}


def test_rules_are_drawn_beside_the_plain_numbers(series, bo, bos):
    hard = QuestionVersion.objects.filter(kind="single")[:2]
    QuestionVersion.objects.filter(pk__in=[one.pk for one in hard]).update(
        difficulty="hard", tags=["用气"]
    )
    phase = series.phases.get()
    save(bos, series, **row(phase, 0, **HARD), **row(phase, 1))
    (terms,) = terms_of(Series.objects.get(), bo).values()
    assert terms.draw == (
        Rule("single", 2, 60),
        Rule("single", 1, 20, "hard", "用气"),
        Rule("judge", 1, 30),
    )
    assert terms.full_marks == 170
    lectures.publish(series, read=terms_of, by=bo)
    contest = series.phases.get().contest
    assert contest.draw[1] == {
        "kind": "single", "count": 1, "points": 20, "difficulty": "hard", "tag": "用气",
    }  # fmt: skip


def test_the_page_shows_what_was_typed_and_room_for_more(series, bos):
    assert "open" not in details(composed(bos, series), series)
    phase = series.phases.get()
    answer = save(bos, series, **row(phase, 0, **HARD), then=f"rules-{phase.pk}")
    assert answer.url.endswith(f"#id_p{phase.pk}-rules")
    html = composed(bos, series)
    assert "open" in details(html, series)
    assert f'name="p{phase.pk}-rules-0-tag" value="用气"' in html
    assert f'name="p{phase.pk}-rules-2-tag"' in html


def details(html, series):
    start = html.index(f'<details id="id_p{series.phases.get().pk}-rules"')
    return html[start : html.index(">", start)]


def test_the_lists_beside_the_rules_are_of_the_chosen_bank(series, bos):
    QuestionVersion.objects.update(tags=["用气"], category="安全/用气")
    html = composed(bos, series)
    assert '<option value="用气"></option>' in html
    assert '<option value="安全/用气"></option>' in html


def test_the_margin_says_which_rule_lacks_how_many(series, bos):
    save(bos, series, **row(series.phases.get(), 0, **HARD))
    assert "单选题 · 难 · 用气要 1 道，还差 1 道" in composed(bos, series)


def test_a_half_filled_rule_is_kept_and_named(series, bos, bo):
    save(bos, series, **row(series.phases.get(), 0, kind="judge", points="三"))
    (form,) = phase_forms(Series.objects.get(), bo).values()
    assert form.errors["rules"] == ["第 1 条，几道：这一项还没填；第 1 条，每道几分：这里要填整数"]
    assert "第 1 条，几道" in composed(bos, series)


def test_a_rule_is_taken_away_by_emptying_it(series, bos):
    phase = series.phases.get()
    save(bos, series, **row(phase, 0, **HARD), **row(phase, 1, kind="judge"))
    save(bos, series, **row(phase, 0), **row(phase, 1, kind="judge"))
    phase.refresh_from_db()
    assert [rule["kind"] for rule in json.loads(phase.draft["rules"])] == ["judge"]
    save(bos, series, **row(phase, 0), **row(phase, 1))
    phase.refresh_from_db()
    assert phase.draft["rules"] == ""


def test_the_api_says_the_same_rules(series, bos, bo):
    phase, address = series.phases.get(), f"/api/v1/lectures/desk/{series.pk}/draft/"
    said = {"version": series.version, "phases": {phase.pk: {"rules": [HARD, {}]}}}
    answer = bos.put(address, said, content_type="application/json").json()
    (told,), said["version"] = answer["phases"], answer["version"]
    assert json.loads(told["draft"]["rules"])[0]["tag"] == "用气"
    assert "bank_too_small" in {check["code"] for check in told["checks"]}
    said["phases"][phase.pk]["rules"] = [{"surprise": "1"}]
    assert bos.put(address, said, content_type="application/json").status_code == 422
    said["phases"][phase.pk]["rules"] = [HARD] * (MOST_RULES + 1)
    assert bos.put(address, said, content_type="application/json").status_code == 422


def test_no_more_rules_are_kept_than_a_page_shows(series):
    assert len(json.loads(rules_text([HARD] * 50))) == MOST_RULES


def test_of_two_officers_each_reads_the_other_ones_rules(series, bos):
    html = composed(bos, series)
    (version,) = [part.split('"')[0] for part in html.split('name="version" value="')[1:]]
    phase = series.phases.get()
    save(bos, series, **row(phase, 0, **HARD), version=version, page="one")
    answer = save(bos, series, **row(phase, 0, kind="judge"), version=version, page="two")
    assert answer.status_code == 409
    assert "单选题 · 难 · 用气 · 1 · 20" in answer.text
