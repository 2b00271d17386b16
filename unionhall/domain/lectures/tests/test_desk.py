import io
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from tests.cast import a_member, many_members
from unionhall.domain.lectures.models import Phase, Series
from unionhall.domain.lectures.queries import report_of, rush_lately, rush_of, taking_part
from unionhall.domain.lectures.tests.conftest import at_the_desk
from unionhall.domain.lectures.tests.made import (
    a_draft_series,
    a_published_phase,
    has_watched,
    takes_part,
)
from unionhall.domain.quiz import actions as quiz
from unionhall.domain.quiz.models import Attempt
from unionhall.kernel.allotment.models import Pool
from unionhall.people.accounts.actions import give_consent, withdraw_consent
from unionhall.people.accounts.models import Consent
from unionhall.people.unions import actions as tree
from unionhall.site.export_lists import LISTS

pytestmark = pytest.mark.django_db


def to(name, *args):
    return reverse(f"lectures_desk:{name}", args=args)


@pytest.fixture
def phase(plant7, bo):
    return a_published_phase(plant7, bo)


def said(series, **changes):
    """What the browser sends for the composer's form."""
    body = {"title": series.title, "union": series.union_id, "one_prize": series.one_prize}
    for phase in series.phases.all():
        body |= {f"p{phase.pk}-{name}": value for name, value in phase.draft.items()}
    return body | changes


SERIES_PAGES = ("series", "compose", "publish")
PHASE_PAGES = ("preview", "live", "waiting", "paper", "close", "report")


def test_every_page_opens_for_who_is_in_charge(bos, phase):
    assert bos.get(to("index")).status_code == 200
    assert bos.get(to("series", phase.series_id)).status_code == 200
    for name in PHASE_PAGES:
        assert bos.get(to(name, phase.pk)).status_code == 200, name


def test_the_wrong_unions_officer_finds_nothing(client, cai, phase):
    client = at_the_desk(client, cai)
    for name in SERIES_PAGES:
        assert client.get(to(name, phase.series_id)).status_code == 404, name
    for name in PHASE_PAGES:
        assert client.get(to(name, phase.pk)).status_code == 404, name
    for name in ("trial", "remind", "close", "paper"):
        assert client.post(to(name, phase.pk)).status_code == 404, name
    for name in ("save", "copy", "publish"):
        assert client.post(to(name, phase.series_id)).status_code == 404, name
    assert "冬季用气安全" not in client.get(to("index")).text


def test_members_are_no_officers(anns, phase):
    assert anns.get(to("index")).status_code == 403


def test_the_district_sees_what_stands_below(client, fu, phase):
    assert at_the_desk(client, fu).get(to("live", phase.pk)).status_code == 200


# == Composing ==


def test_from_nothing_to_published(bos, bo, plant7):
    made = a_draft_series(plant7, bo)
    bos.post(to("new"))
    series = Series.objects.order_by("pk").last()
    assert bos.get(to("compose", series.pk)).status_code == 200
    draft = {
        f"p{series.phases.get().pk}-{name}": value
        for name, value in made.phases.get().draft.items()
    }
    response = bos.post(
        to("save", series.pk),
        {
            "title": "夏季大讲堂",
            "union": plant7.pk,
            "one_prize": "once",
            **draft,
            "then": "publish",
        },
    )
    assert response.url == to("publish", series.pk)
    assert "读一遍，没错就发布" in bos.get(response.url).text
    assert bos.post(response.url).url == to("series", series.pk)
    series.refresh_from_db()
    assert (series.state, series.title) == (Series.State.PUBLISHED, "夏季大讲堂")


def test_typing_brings_the_margin_and_keeps_what_is_wrong(bos, bo, plant7):
    series = a_draft_series(plant7, bo)
    pk = series.phases.get().pk
    response = bos.post(
        to("save", series.pk),
        said(series, **{f"p{pk}-places": "八十"}),
        headers={"HX-Request": "true"},
    )
    assert "名额" in response.text
    assert "<html" not in response.text
    assert 'value="八十"' in bos.get(to("compose", series.pk)).text


def test_the_margin_says_what_members_will_read(bos, bo, plant7):
    series = a_draft_series(plant7, bo)
    html = bos.post(to("save", series.pk), said(series), headers={"HX-Request": "true"}).text
    for words in (
        "最先交卷的 80 名，每人一份蛋糕券",
        "题库够抽 3 题",
        "满分 150 分，100 分及格",
        "能参加的只有 1 人",
        "最多花 6400 元",
    ):
        assert words in html


def test_the_margin_warns_of_answers_that_help_those_who_come_later(bos, bo, plant7):
    series = a_draft_series(plant7, bo, reveal="after_hand_in", winners_by="lot")
    html = bos.get(to("compose", series.pk)).text
    assert "第二次答的人看过答案了" in html
    series = a_draft_series(
        a_branch(plant7), bo, reveal="after_hand_in", winners_by="lot", attempts="1"
    )
    assert "奖却到结束才定" in bos.get(to("compose", series.pk)).text


def a_branch(union):
    return tree.found("一车间", parent=union, level=4)


# == Two officers in one draft ==


def opened(html):
    """The hidden fields of a composer's page."""
    names = {"version", "page"}
    found = re.findall(r'name="(\w+)" value="(\w+)"', html)
    return {name: value for name, value in found if name in names}


@pytest.fixture
def both(bos, fu, bo, plant7):
    """One draft open on two desks: the plant's officer's and the district's."""
    series = a_draft_series(plant7, bo)
    url = to("compose", series.pk)
    theirs = at_the_desk(Client(), fu)
    return series, (bos, opened(bos.get(url).text)), (theirs, opened(theirs.get(url).text))


def test_the_second_to_save_is_refused_and_keeps_what_she_typed(both, fu):
    series, (first, first_page), (second, second_page) = both
    pk = series.phases.get().pk
    places, title = f"p{pk}-places", f"p{pk}-title"
    body = said(series, **first_page, **{title: "我改的名字"})
    second.post(to("save", series.pk), said(series, **second_page, **{places: "60"}))
    response = first.post(to("save", series.pk), body)
    assert response.status_code == 409
    for words in ("没有保存，有人先存了", fu.name, "现在存着的", ">60<", ">80<", "我改的名字"):
        assert words in response.text
    assert series.phases.get().draft["places"] == "60"
    again = opened(response.text)
    assert first.post(to("save", series.pk), said(series, **again)).status_code == 409
    over = Series.objects.get().version
    mine = said(series, **again, over=over, **{title: "我改的名字"})
    assert first.post(to("save", series.pk), mine).status_code == 302
    assert series.phases.get().draft["title"] == "我改的名字"


def test_typing_into_an_older_draft_says_so_beside_it(both):
    series, (first, first_page), (second, second_page) = both
    second.post(to("save", series.pk), said(series, **second_page, title="她改的"))
    typed = {"headers": {"HX-Request": "true"}}
    for _ in range(2):  # the margin carries the older version on
        response = first.post(to("save", series.pk), said(series, **first_page), **typed)
        assert response.status_code == 409
        assert "看哪里不同" in response.text
        assert opened(response.text) == first_page
    assert "<html" not in response.text


def test_a_page_whose_answer_was_lost_saves_again(both):
    series, (first, page), (second, other) = both
    for _ in range(2):
        mine = said(series, **page, title="我改的")
        assert first.post(to("save", series.pk), mine).status_code == 302
    assert second.post(to("save", series.pk), said(series, **other)).status_code == 409


def test_what_a_page_sends_as_it_is_left_is_no_change(both):
    series, (first, page), _second = both
    url = to("save", series.pk)
    first.post(url, said(series, **page, title="我改的"))
    read = opened(first.get(to("publish", series.pk)).text)
    first.post(url, said(series, **page, title="我改的"))
    assert first.post(to("publish", series.pk), read).status_code == 302
    assert Series.objects.get().state == Series.State.PUBLISHED


def test_what_changed_after_reading_is_not_published(both):
    series, (first, _page), (second, other) = both
    read = opened(first.get(to("publish", series.pk)).text)
    second.post(to("save", series.pk), said(series, **other, title="她改的"))
    response = first.post(to("publish", series.pk), read)
    assert response.status_code == 409
    assert "草稿刚才改过" in response.text


def test_a_field_the_page_did_not_show_is_not_kept(bos, bo, plant7):
    series = a_draft_series(plant7, bo)
    pk = series.phases.get().pk
    bos.post(
        to("save", series.pk), said(series, **{f"p{pk}-secret": "x", f"p{pk}-title": "长" * 500})
    )
    draft = Phase.objects.get().draft
    assert "secret" not in draft
    assert len(draft["title"]) == 200


def test_buttons_of_the_composer(bos, bo, plant7):
    series = a_draft_series(plant7, bo)
    first = series.phases.get()
    bos.post(to("save", series.pk), said(series, then="add"))
    assert series.phases.count() == 2
    assert bos.post(to("save", series.pk), said(series, then=f"preview-{first.pk}")).url == to(
        "preview", first.pk
    )
    bos.post(to("save", series.pk), said(series, then=f"drop-{first.pk}"))
    assert series.phases.count() == 1
    assert bos.post(to("save", series.pk), said(series, then="drop-999999")).status_code == 404


def test_a_button_of_the_composer_pressed_twice_is_pressed_once(bos, bo, plant7):
    series = a_draft_series(plant7, bo)
    shown = {"page": "a" * 32, "version": str(series.version)}
    press = said(series, title="又改了名", then="add", **shown)
    assert [bos.post(to("save", series.pk), press).status_code for _press in (1, 2)] == [302, 302]
    assert series.phases.count() == 2
    series.refresh_from_db()
    shown = {"page": "b" * 32, "version": str(series.version)}
    added = series.phases.get(number=2)
    press = said(series, then=f"drop-{added.pk}", **shown)
    assert [bos.post(to("save", series.pk), press).status_code for _press in (1, 2)] == [302, 302]
    assert series.phases.count() == 1
    other = said(series, then="add", page="c" * 32, version=shown["version"], title="别的")
    assert bos.post(to("save", series.pk), other).status_code == 409


def test_what_is_not_ready_says_so_and_is_refused(bos, bo, plant7):
    series = a_draft_series(plant7, bo, single_count="99")
    html = bos.get(to("publish", series.pk)).text
    assert "还不能发布" in html
    assert "单选题要 99 道，还差 95 道" in html
    assert bos.post(to("publish", series.pk)).status_code == 409


def test_preview_and_trial(bos, bo, plant7):
    series = a_draft_series(plant7, bo)
    phase = series.phases.get()
    html = bos.get(to("preview", phase.pk)).text
    assert "试答不计名次" in html
    assert "data-done" in html
    assert bos.post(to("trial", phase.pk)).url == reverse(
        "quiz:attempt", args=[Attempt.objects.get().pk]
    )


def test_a_copy_is_a_draft(bos, phase):
    response = bos.post(to("copy", phase.series_id))
    copy = Series.objects.get(copied_from=phase.series)
    assert response.url == to("compose", copy.pk)
    assert bos.get(response.url).status_code == 200


def test_the_list_is_searched_by_words_and_state(bos, phase):
    assert "柳溪镇职工大讲堂" in bos.get(to("index"), {"q": "用气"}).text
    assert "没有这样的大讲堂" in bos.get(to("index"), {"q": "没有"}).text
    assert "没有这样的大讲堂" in bos.get(to("index"), {"state": "draft"}).text


# == Running ==


def test_the_live_view_is_cheap_however_many_take_part(
    bos, phase, ann, plant7, django_assert_num_queries
):
    agreed = give_consent(ann.user, Consent.Kind.WINNERS)
    takes_part(phase, ann)
    with django_assert_num_queries(3):
        one = rush_of(phase)
    for member in many_members(3, plant7):
        takes_part(phase, member)
    with django_assert_num_queries(3):
        four = rush_of(phase)
    assert (one.given, four.given, four.left, four.newest) == (1, 4, 76, 4)
    assert [place.place for place in four.latest] == [4, 3, 2, 1]
    assert [place.name for place in four.latest] == ["", "", "", "苏*蛰"]
    fragment = bos.get(to("live", phase.pk), headers={"HX-Request": "true"}).text
    assert "发了 4 份，还有 76 份" in fragment
    assert fragment.count("未公开") == 3
    withdraw_consent(ann.user, agreed.kind)
    assert "苏*蛰" not in bos.get(to("live", phase.pk)).text
    assert "every 2s" in fragment
    assert "<html" not in fragment


def test_the_live_view_stays_small_however_many_places(bos, phase):
    Pool.objects.update(capacity=6000)
    html = bos.get(to("live", phase.pk), headers={"HX-Request": "true"}).content
    assert len(html) < 40_000
    assert "一格是 20 个名额" in html.decode()


def test_screens_share_one_reading_a_second(
    bos, phase, ann, monkeypatch, django_assert_max_num_queries
):
    """The page itself reads afresh; what it asks for again may be a second old, and says of when it is."""
    fragment = {"HX-Request": "true"}
    monkeypatch.setattr(rush_lately, "age_s", 60)  # however slow this machine is
    with django_assert_max_num_queries(12):
        bos.get(to("live", phase.pk), headers=fragment)
    takes_part(phase, ann)
    with django_assert_max_num_queries(6):
        assert "发了 0 份" in bos.get(to("live", phase.pk), headers=fragment).text
    assert "发了 1 份" in bos.get(to("live", phase.pk)).text
    rush_lately.forget(phase.pk)
    assert "发了 1 份" in bos.get(to("live", phase.pk), headers=fragment).text


def test_what_is_remembered_is_shown_to_nobody_else(bos, phase, client, cai, monkeypatch):
    fragment = {"HX-Request": "true"}
    monkeypatch.setattr(rush_lately, "age_s", 60)
    assert bos.get(to("live", phase.pk), headers=fragment).status_code == 200
    theirs = at_the_desk(client, cai)
    assert theirs.get(to("live", phase.pk), headers=fragment).status_code == 404


def test_the_live_view_names_why_there_was_no_prize(bos, plant7, bo, ann):
    phase = a_published_phase(plant7, bo, places="1")
    takes_part(phase, ann)
    takes_part(phase, a_member("程大寒", plant7))
    html = bos.get(to("live", phase.pk)).text
    assert "1 份都发完了" in html
    assert rush_of(phase).without == {"sold_out": 1}


def test_who_has_not_started_is_listed_paged_and_reminded(bos, phase, plant7, harbour2):
    many_members(60, plant7)
    a_member("外人", harbour2)
    html = bos.get(to("waiting", phase.pk)).text
    assert "61 人还没开始" in html
    assert "外人" not in html
    assert "人9" in bos.get(to("waiting", phase.pk), {"page": 2}).text
    assert bos.post(to("remind", phase.pk)).status_code == 302
    assert bos.post(to("remind", phase.pk)).status_code == 409
    assert len(exported(bos, "lectures.not_started", phase)) == 62


def exported(client, name, phase):
    columns = [column.key for column in LISTS[name].columns]
    said = {"purpose": "report", "format": "xlsx", "columns": columns}
    answer = client.post(f"{reverse('desk:export_new', args=[name])}?phase={phase.pk}", said)
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.content))
    return book.get_sheet_by_index(0).to_python()


@pytest.fixture
def wide(fu, district, plant7):
    """The plant is host, and everybody of the district may come."""
    return a_published_phase(plant7, fu, under_union=str(district.pk))


def test_names_beyond_an_officers_charge_are_a_number(bos, wide, fu, ann, chen):
    phase = wide
    html = bos.get(to("waiting", phase.pk)).text
    assert "2 人还没开始" in html
    assert ann.name in html
    assert chen.name not in html
    assert "其中 1 人在你不管的工会" in html
    rows = exported(bos, "lectures.not_started", phase)
    assert [row[0] for row in rows] == ["姓名", ann.name]
    quiz.enter_on_paper(phase.contest, chen, score=120, by=fu)
    assert chen.name not in bos.get(to("paper", phase.pk)).text
    html = at_the_desk(Client(), fu).get(to("paper", phase.pk)).text
    assert chen.name in html


def test_a_wide_phase_shows_nothing_to_the_wrong_union(client, cai, wide):
    assert at_the_desk(client, cai).get(to("waiting", wide.pk)).status_code == 404


def test_a_paper_is_entered_for_somebody_found(bos, phase, plant7, harbour2):
    member, other = a_member("程大寒", plant7), a_member("程小寒", harbour2)
    sent = bos.post(to("paper", phase.pk), {"q": "程大寒"})["Location"]
    assert "q=" not in sent, "neither a name nor the end of a phone stands in the address"
    assert "程大寒" in bos.get(sent).text
    html = bos.get(to("paper", phase.pk), {"q": "程"}).text
    assert "程大寒" in html
    assert "程小寒" not in html
    url = to("paper", phase.pk) + "?q=程"
    assert bos.post(url, {"member": other.pk, "score": 120}).status_code == 422
    assert bos.post(url, {"member": member.pk, "score": 151}).status_code in {409, 422}
    assert bos.post(url, {"member": member.pk, "score": 120}).status_code == 302
    assert "第 1 名" in bos.get(to("paper", phase.pk)).text


def test_an_early_end_wants_its_reason(bos, phase):
    assert bos.post(to("close", phase.pk), {"because": ""}).status_code == 422
    assert bos.post(to("close", phase.pk), {"because": "面包坊停业"}).url == to(
        "series", phase.series_id
    )
    assert "面包坊停业" in bos.get(to("series", phase.series_id)).text


# == The report ==


def test_the_report_is_exact_for_who_is_in_charge(client, fu, district, plant7, harbour2, ann):
    phase = a_published_phase(district, fu)
    many_members(14, plant7)
    many_members(3, harbour2)
    takes_part(phase, ann)
    lines = {line.name: line for line in report_of(phase)}
    assert (lines["七号厂工会"].entitled, lines["七号厂工会"].won) == (15, 1)
    assert lines["二号港工会"].entitled == 3
    html = at_the_desk(client, fu).get(to("report", phase.pk)).text
    assert "18 人能参加，1 人开始了，1 人及格。" in html
    assert "不到 10" not in html


def test_the_report_names_who_took_part_but_no_score(bos, bo, phase, ann, chen, plant7):
    other = a_member("程大寒", plant7)
    takes_part(phase, ann)
    has_watched(phase, other)
    has_watched(phase, chen)
    people = {one.pk: one for one in taking_part(phase, bo)}
    one = people[ann.pk]
    assert (one.union_name, one.handed_in, one.passed, one.won) == (plant7.name, True, True, True)
    one = people[other.pk]
    assert (one.handed_in, one.passed, one.won) == (False, False, False)
    html = bos.get(to("report", phase.pk)).text
    assert ann.name in html
    assert other.name in html
    assert chen.name not in html, "of a union that is not hers"
    assert ">150<" not in html


def test_the_report_is_a_workbook(bos, phase, plant7, ann):
    many_members(12, plant7)
    takes_part(phase, ann)
    assert exported(bos, "lectures.unions", phase)[1] == ["七号厂工会", 13, 1, 1, 1]
    rows = exported(bos, "lectures.people", phase)
    assert rows[1] == [ann.name, "七号厂工会", "是", "是", "是"]


def test_the_report_rolls_up_to_the_unions_directly_below(fu, district, plant7, ann):
    branch = tree.found("一车间", parent=plant7, level=4)
    many_members(2, branch)
    phase = a_published_phase(district, fu)
    (line,) = report_of(phase)
    assert (line.name, line.entitled) == ("七号厂工会", 3)


def test_before_it_opens_the_series_says_so(bos, plant7, bo):
    later = (timezone.localtime() + timezone.timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    phase = a_published_phase(plant7, bo, opens_at=later)
    assert "还没开始" in bos.get(to("series", phase.series_id)).text


def test_a_search_leaves_out_what_no_database_can_look_for(bos, phase):
    assert bos.get(to("index"), {"q": "\0"}).status_code == 200
    assert bos.get(to("paper", phase.pk), {"q": "\0"}).status_code == 200


def test_a_draft_leaves_out_what_no_database_can_keep(bos, plant7, bo):
    series = a_draft_series(plant7, bo)
    first = series.phases.first()
    bos.post(to("save", series.pk), said(series, **{f"p{first.pk}-title": "冬\0季"}))
    first.refresh_from_db()
    assert first.title == "冬季"
    for number in ("²", "9" * 5000, ""):
        for then in ("drop", "preview"):
            assert bos.post(to("save", series.pk), {"then": f"{then}-{number}"}).status_code == 404
