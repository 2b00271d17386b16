import pytest
from django.urls import reverse

from unionhall.domain.learning.models import Watching
from unionhall.domain.learning.tests.made import a_text_lesson
from unionhall.domain.lectures.queries import all_phases_for, open_phases_for
from unionhall.domain.lectures.tests.made import (
    a_draft_series,
    a_published_phase,
    has_watched,
    takes_part,
)

pytestmark = pytest.mark.django_db


def to(name, *args):
    return reverse(f"lectures:{name}", args=args)


@pytest.fixture
def phase(plant7, bo):
    return a_published_phase(plant7, bo)


def test_nothing_yet_says_so(anns):
    assert "还没有讲座" in anns.get(to("index")).text


def test_the_list_says_what_to_do(anns, phase):
    html = anns.get(to("index")).text
    for words in ("有 1 讲正在开放", "冬季用气安全", "先看讲座", "截止"):
        assert words in html


def test_a_draft_is_seen_by_nobody(anns, plant7, bo):
    series = a_draft_series(plant7, bo)
    assert "冬季用气安全" not in anns.get(to("index")).text
    assert anns.get(to("phase", series.phases.get().pk)).status_code == 404


def test_members_elsewhere_find_nothing(client, chen, phase):
    client.force_login(chen.user)
    for name in ("phase", "standing", "text", "video", "captions"):
        assert client.get(to(name, phase.pk)).status_code == 404
    for name in ("read", "quiz"):
        assert client.post(to(name, phase.pk)).status_code == 404
    assert "冬季用气安全" not in client.get(to("index")).text


def test_who_is_not_on_the_roll_is_told(client, dee, phase):
    client.force_login(dee)
    assert "还没有和会员名册对上" in client.get(to("index")).text
    assert client.get(to("phase", phase.pk)).status_code == 404


def test_the_lecture_says_what_the_quiz_asks_and_gives(anns, phase):
    html = anns.get(to("phase", phase.pk)).text
    for words in (
        "还要看 57 秒", "3 题，满分 150 分，限时 60 分钟", "100 分", "2 次，取先及格的一次", "蛋糕券", "值 80 元",
        "共 80 份", "30 天内到云杉面包坊用", "按交卷先后，前 80 名", "七号厂工会", "aria-disabled",
    ):  # fmt: skip
        assert words in html


def test_when_it_is_watched_the_quiz_opens(anns, ann, phase):
    has_watched(phase, ann)
    html = anns.get(to("standing", phase.pk)).text
    assert "看完了" in html
    assert to("quiz", phase.pk) in html
    response = anns.post(to("quiz", phase.pk))
    assert response.url == reverse("quiz:contest", args=[phase.contest_id])


def test_before_it_is_watched_the_quiz_stays_shut(anns, phase):
    response = anns.post(to("quiz", phase.pk))
    assert response.status_code == 409
    assert "这一讲还没看完" in response.text


def test_after_the_quiz_there_is_the_result(anns, ann, phase):
    takes_part(phase, ann)
    html = anns.get(to("phase", phase.pk)).text
    assert "你答完了" in html
    assert "看结果" in html


def test_the_video_is_sent_in_parts(anns, phase):
    response = anns.get(to("video", phase.pk), headers={"Range": "bytes=0-7"})
    assert (response.status_code, response["Content-Range"][:10]) == (206, "bytes 0-7/")
    assert response.content[4:] == b"ftyp"


def test_captions_are_a_track(anns, phase):
    response = anns.get(to("captions", phase.pk))
    assert response["Content-Type"].startswith("text/vtt")
    assert response.text.startswith("WEBVTT")


def test_a_text_is_read_and_said_to_be_read(anns, ann, phase):
    html = anns.get(to("text", phase.pk)).text
    assert "我读完了" in html
    assert "<h2>用气安全</h2>" in html
    early = anns.post(to("read", phase.pk))
    assert early.status_code == 409
    assert "最快也要读 40 秒" in early.text or "0 分 40 秒" in early.text
    Watching.objects.update(opened_at="2026-01-01T00:00Z")
    assert anns.post(to("read", phase.pk)).url == to("phase", phase.pk)
    assert "你学完了" in anns.get(to("text", phase.pk)).text


def test_a_lecture_in_words_has_no_player(anns, plant7, bo):
    lesson = a_text_lesson(plant7, bo)
    phase = a_published_phase(plant7, bo, lesson=str(lesson.pk))
    html = anns.get(to("phase", phase.pk)).text
    assert "<video" not in html
    assert "开始读" in html
    assert anns.get(to("video", phase.pk)).status_code == 404


def test_the_list_costs_as_much_with_many_as_with_one(
    ann, chen, plant7, harbour2, bo, cai, django_assert_max_num_queries
):
    a_published_phase(plant7, bo, phases=5)
    a_published_phase(harbour2, cai, phases=5)
    assert len(open_phases_for(ann)) == 5
    for line in open_phases_for(ann):
        assert (line.series_title, line.phase_title, line.step) == (
            "柳溪镇职工大讲堂",
            "冬季用气安全",
            "watch",
        )
        assert line.url.startswith("/lectures/")
    with django_assert_max_num_queries(8):
        all_phases_for(ann)
