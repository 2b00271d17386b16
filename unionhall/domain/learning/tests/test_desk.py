import time

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from unionhall.domain.learning.models import Lesson
from unionhall.domain.learning.queries import written
from unionhall.domain.learning.templatetags.lessons import as_text
from unionhall.domain.learning.tests.made import SCRIPT, a_text_lesson, a_video_lesson, mp4_bytes
from unionhall.site import second_factor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def private_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def at_the_desk(client, user):
    client.force_login(user)
    session = client.session
    session[second_factor.SHOWN_AT], session[second_factor.SHOWN_BY] = time.time(), user.pk
    session.save()
    return client


@pytest.fixture
def bos(client, bo):
    return at_the_desk(client, bo)


def to(name, *args):
    return reverse(f"learning_desk:{name}", args=args)


def sent(union, **changes):
    video = SimpleUploadedFile("gas.mp4", mp4_bytes(60), content_type="video/mp4")
    return {
        "union": union.pk,
        "title": "冬季用气安全",
        "speaker": "苏惊蛰",
        "video": video,
        "script": SCRIPT,
        **changes,
    }


def test_nothing_yet_says_so(bos):
    assert "还没有讲座" in bos.get(to("index")).text


def test_a_video_is_sent_in_and_seen(bos, plant7):
    response = bos.post(to("new"), sent(plant7))
    lesson = Lesson.objects.get()
    assert response.url == to("lesson", lesson.pk)
    html = bos.get(response.url).text
    assert "1 分 00 秒" in html
    assert "有字幕" in html
    assert bos.get(to("video", lesson.pk), headers={"Range": "bytes=0-3"}).status_code == 206
    assert bos.get(to("captions", lesson.pk)).text.startswith("WEBVTT")
    assert "冬季用气安全" in bos.get(to("index")).text


def test_the_script_may_be_a_file_in_any_usual_encoding(bos, plant7):
    for encoding in ("utf-8-sig", "gb18030"):
        file = SimpleUploadedFile("gas.md", SCRIPT.encode(encoding))
        bos.post(to("new"), sent(plant7, script="", script_file=file, video=""))
        lesson = Lesson.objects.latest("pk")
        assert (lesson.kind, lesson.script) == ("text", SCRIPT)
    file = SimpleUploadedFile("gas.md", b"\xff\xff\xff\x00")
    assert bos.post(to("new"), sent(plant7, script="", script_file=file)).status_code == 422


def test_what_is_no_video_is_told_beside_the_field(bos, plant7):
    video = SimpleUploadedFile("gas.mp4", b"not a video", content_type="video/mp4")
    response = bos.post(to("new"), sent(plant7, video=video))
    assert response.status_code == 422
    assert "这个视频放不出来" in response.text
    assert "冬季用气安全" in response.text
    assert bos.post(to("new"), sent(plant7, video="", script="")).status_code == 422
    assert not Lesson.objects.exists()


def test_only_for_unions_in_charge_of(bos, harbour2):
    assert bos.post(to("new"), sent(harbour2)).status_code == 422


def test_one_comes_back_to_where_one_was_sent_from(bos, plant7):
    assert (
        bos.post(to("new"), sent(plant7, back="/desk/lectures/3/compose/")).url
        == "/desk/lectures/3/compose/"
    )
    assert bos.post(to("new"), sent(plant7, back="https://elsewhere.example/")).url.startswith(
        "/desk/learning/"
    )


def test_the_wrong_unions_officer_finds_nothing(client, cai, plant7, bo):
    lesson = a_video_lesson(plant7, bo)
    client = at_the_desk(client, cai)
    for name in ("lesson", "video", "captions"):
        assert client.get(to(name, lesson.pk)).status_code == 404
    assert "冬季用气安全" not in client.get(to("index")).text


def test_a_text_has_no_video(bos, plant7, bo):
    lesson = a_text_lesson(plant7, bo)
    assert bos.get(to("video", lesson.pk)).status_code == 404
    assert "<video" not in bos.get(to("lesson", lesson.pk)).text


def test_members_are_no_officers(client, ann):
    client.force_login(ann.user)
    assert client.get(to("index")).status_code == 403


def test_a_script_is_shown_safely():
    html = as_text(
        "# 一\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1)) ![y](http://a.example/b.png)\n\n> 好"
    )
    assert "<h2>一</h2>" in html
    assert "<blockquote>" in html
    for danger in ("<script", 'href="javascript', "<img"):
        assert danger not in html


def test_time_is_written_as_people_say_it():
    assert [written(5), written(60), written(1345)] == ["5 秒", "1 分 00 秒", "22 分 25 秒"]


@pytest.mark.parametrize(
    "url", ["https://a.example/b", "/me/", "#top", "tel:12351", "mailto:a@b.example"]
)
def test_a_script_may_lead_to(url):
    assert f'href="{url}"' in as_text(f"[x]({url})")


@pytest.mark.parametrize(
    "url", ["feed:javascript:alert(1)", "intent://x", "&#106;avascript:alert(1)", "x:y"]
)
def test_a_script_may_not_lead_to(url):
    """Only to schemes that are known to do no harm."""
    assert "<a" not in as_text(f"[x]({url}) <{url}> [y]\n\n[y]: {url}")
