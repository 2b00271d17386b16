"""The player in a real browser: what was really played counts, once, and nothing else does."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import Error

from tests.shared_files import shared_file
from unionhall.domain.learning import actions as learning
from unionhall.domain.learning.models import Lesson, Watching
from unionhall.domain.lectures.tests.made import a_published_phase

pytestmark = pytest.mark.django_db(transaction=True)
ENOUGH_PERCENT = 6  # of 87 seconds: a test should not take a lecture's time
AT = "document.querySelector('video').currentTime"
# Enough to go on with while the network is away.
BUFFERED = "(b => b.length && b.end(b.length - 1) >= 10)(document.querySelector('video').buffered)"
PLAY, PAUSE = "document.querySelector('video').play()", "document.querySelector('video').pause()"


@pytest.fixture(autouse=True)
def private_files(settings, tmp_path, ann):
    """Uploads go to a folder of the test; and somebody is entitled, or nothing could be published."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def phase(plant7, bo):
    video = SimpleUploadedFile(
        "gas.mp4", shared_file("gas_safety.mp4").read_bytes(), content_type="video/mp4"
    )
    lesson = learning.publish_lesson(
        union=plant7, title="冬季用气安全", video=video, script="> 用气不离人", by=bo
    )
    Lesson.objects.update(minimum_percent=ENOUGH_PERCENT)
    return a_published_phase(plant7, bo, lesson=str(lesson.pk))


@pytest.fixture
def page(house, ann, phase):
    return opened(house, ann, phase)


def opened(house, ann, phase):
    page = house.open_as(ann.user)
    page.goto(f"/lectures/{phase.pk}/")
    page.evaluate("document.querySelector('video').muted = true")
    until(page, "document.querySelector('video').readyState >= 1")
    return page


def until(page, expression):
    """``wait_for_function`` would need eval, which the content policy forbids."""
    for _ in range(600):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    pytest.fail(f"never: {expression}")


def play(page, seconds):
    """Plays so many seconds of the video: a busy machine shows fewer of them than the clock does."""
    start = page.evaluate(AT)
    page.evaluate(PLAY)
    until(page, f"{AT} >= {start + seconds}")


def pause_and_report(page):
    with page.expect_response("**/watched/"):
        page.evaluate(PAUSE)


def covered_s():
    return Watching.objects.get().covered_ms / 1000


def test_what_was_played_counts_and_opens_the_quiz_without_a_reload(page):
    assert page.locator("[data-left]").inner_text() == "还要看 6 秒"
    play(page, 3)
    pause_and_report(page)
    assert 1.5 < covered_s() < 4
    until(page, "!document.querySelector('[data-left]').textContent.includes('6 秒')")
    play(page, 4)
    page.evaluate(PAUSE)
    page.get_by_role("button", name="去答题").wait_for()
    assert page.locator("#left").inner_text() == "看完了"


def test_a_tunnel_costs_nothing(page):
    play(page, 1)
    until(page, BUFFERED)
    page.context.set_offline(True)
    play(page, 3)
    page.evaluate(PAUSE)
    page.get_by_text("看过的先记在这台设备上").wait_for()
    before = covered_s()
    with page.expect_response("**/watched/"):
        page.context.set_offline(False)
    assert covered_s() - before > 1.5


def test_what_was_not_handed_in_survives_a_dead_battery(page, phase):
    """A crash says no goodbye, so nothing but the device's own memory can bring it."""
    play(page, 1)
    until(page, BUFFERED)
    page.context.set_offline(True)
    play(page, 3)
    page.evaluate(PAUSE)
    page.get_by_text("看过的先记在这台设备上").wait_for()
    before = covered_s()
    with pytest.raises(Error, match="crash"):
        page.goto("chrome://crash")
    context = page.context
    page.close()
    context.set_offline(False)
    again = context.new_page()
    with again.expect_response("**/watched/"):
        again.goto(f"/lectures/{phase.pk}/")
    assert covered_s() - before > 1.5


def test_jumping_to_the_end_earns_nothing(page):
    play(page, 1)
    page.evaluate("document.querySelector('video').currentTime = 80")
    page.wait_for_timeout(1500)
    pause_and_report(page)
    assert covered_s() < 4
    assert not Watching.objects.get().done_at


def test_a_second_player_takes_over_kindly(page, house, ann, phase):
    play(page, 1)
    pause_and_report(page)
    second = opened(house, ann, phase)
    play(second, 1)
    pause_and_report(second)
    play(page, 1)
    pause_and_report(page)
    page.get_by_text("想在这里看，再点一次播放").wait_for()
    before = covered_s()
    play(page, 2)
    pause_and_report(page)
    assert covered_s() > before


def test_faster_than_allowed_is_slowed_down_and_said(page):
    page.evaluate("document.querySelector('video').playbackRate = 2")
    page.get_by_text("最快 1.5 倍").wait_for()
    assert page.evaluate("document.querySelector('video').playbackRate") == 1.5


def test_captions_can_be_switched_on(page):
    assert page.evaluate("document.querySelector('video').textTracks.length") == 1


def test_without_javascript_there_is_the_text(house, ann, phase):
    page = house.open_as(ann.user, javascript=False)
    page.goto(f"/lectures/{phase.pk}/")
    page.get_by_role("link", name="读文字稿也算").click()
    assert page.get_by_role("button", name="我读完了").is_visible()
