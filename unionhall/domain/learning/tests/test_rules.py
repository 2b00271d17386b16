import datetime as dt
import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionhall.domain.learning.rules import captions, mp4
from unionhall.domain.learning.rules import watching as rules
from unionhall.domain.learning.tests.made import mp4_bytes

NOON = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
LENGTH = 22 * 60_000
OPENED = rules.Progress(last_seen_at=NOON)


def after(seconds: float) -> dt.datetime:
    return NOON + dt.timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([], ()),
        ([(5, 5), (9, 3)], ()),
        ([(0, 10), (10, 20)], ((0, 20),)),
        ([(30, 40), (0, 10), (5, 12)], ((0, 12), (30, 40))),
        ([(0, 100), (20, 30)], ((0, 100),)),
    ],
)
def test_merged_is_the_union(pieces, expected):
    assert rules.merged(pieces) == expected


def test_honest_watching_is_credited_second_by_second():
    progress, settled = rules.accept(OPENED, after(10), [(0, 10_000)], length_ms=LENGTH)
    assert settled == [True]
    assert progress.covered_ms == 10_000


def test_one_forged_report_of_the_whole_lesson_earns_nothing():
    progress, settled = rules.accept(OPENED, after(1), [(0, LENGTH)], length_ms=LENGTH)
    assert settled == [False]
    assert progress.covered_ms == 0


def test_playing_faster_than_allowed_is_not_credited():
    _, settled = rules.accept(OPENED, after(10), [(0, 20_000)], length_ms=LENGTH)
    assert settled == [False]


def test_a_queue_sent_after_a_gap_in_the_network_is_credited_whole():
    queue = [(start, start + 10_000) for start in range(0, 300_000, 10_000)]
    progress, settled = rules.accept(OPENED, after(300), queue, length_ms=LENGTH)
    assert all(settled)
    assert progress.covered_ms == 300_000


def test_what_came_too_early_fits_when_it_is_sent_again():
    queue = [(0, 10_000), (10_000, 20_000), (20_000, 30_000)]
    progress, settled = rules.accept(OPENED, after(15), queue, length_ms=LENGTH)
    assert settled == [True, True, False]
    progress, settled = rules.accept(progress, after(20), queue, length_ms=LENGTH)
    assert settled == [True, True, True]
    assert progress.covered_ms == 30_000


def test_a_piece_sent_twice_costs_nothing():
    once, _ = rules.accept(OPENED, after(10), [(0, 10_000)], length_ms=LENGTH)
    twice, settled = rules.accept(once, after(10), [(0, 10_000)], length_ms=LENGTH)
    assert settled == [True]
    assert (twice.covered_ms, twice.budget_ms) == (once.covered_ms, once.budget_ms)


def test_a_player_left_open_overnight_is_worth_twenty_minutes():
    grown = rules.grown(0, NOON, after(9 * 3600))
    assert grown == 20 * 60_000 * 15 // 10
    assert rules.grown(grown, NOON, after(9 * 3600)) == grown + rules.SLACK_MS


def test_a_clock_that_went_back_earns_nothing():
    assert rules.grown(500, NOON, after(-100)) == 500


def test_outside_of_the_video_nothing_counts():
    progress, settled = rules.accept(
        OPENED, after(60), [(-5_000, 5_000), (70_000, 90_000)], length_ms=60_000
    )
    assert settled == [True, True]
    assert progress.intervals == ((0, 5_000),)


def test_too_many_holes_are_not_kept():
    pieces = [(start, start + 1) for start in range(0, 4_000, 4)]
    progress, _ = rules.accept(OPENED, after(60), pieces, length_ms=LENGTH)
    assert len(progress.intervals) == rules.MOST_INTERVALS


reports = st.lists(
    st.tuples(
        st.integers(-5_000, 3_600_000),  # ms until this report
        st.lists(
            st.tuples(st.integers(-1_000, LENGTH + 1_000), st.integers(0, 60_000)), max_size=8
        ),
    ),
    max_size=12,
)


@given(reports)
def test_never_more_media_than_wall_time_allows(sequence):
    progress, now, wall = OPENED, NOON, 0
    for pause, pieces in sequence:
        now += dt.timedelta(milliseconds=pause)
        wall += max(0, pause)
        spans = [(start, start + length) for start, length in pieces]
        progress, _ = rules.accept(progress, now, spans, length_ms=LENGTH)
        assert progress.covered_ms * 10 <= wall * rules.SPEED_TENTHS + rules.SLACK_MS * 10
        assert progress.budget_ms >= 0
        assert progress.intervals == rules.merged(progress.intervals)
        assert all(0 <= start < end <= LENGTH for start, end in progress.intervals)


@given(st.lists(st.integers(1, 15), min_size=1, max_size=30), st.data())
def test_honest_people_on_bad_networks_lose_nothing(played, data):
    """Any playing at up to 1.5 times, any of the reports lost or late: in the end all of it counts."""
    progress, now, at, queue = OPENED, NOON, 0, []
    for seconds in played:
        now += dt.timedelta(seconds=seconds)
        speed = data.draw(st.integers(5, 15))
        queue.append((at, at + seconds * speed * 100))
        at = queue[-1][1]
        if data.draw(st.booleans()):
            progress, settled = rules.accept(progress, now, queue, length_ms=LENGTH)
            queue = [piece for piece, done in zip(queue, settled, strict=True) if not done]
            if data.draw(st.booleans()):  # the answer was lost: everything is sent again
                queue = [*progress.intervals, *queue]
    progress, settled = rules.accept(progress, now, queue, length_ms=LENGTH)
    assert all(settled)
    assert progress.covered_ms == min(at, LENGTH)


@pytest.mark.parametrize(
    ("covered", "enough", "missing"),
    [(0, False, 57_000), (56_999, False, 1), (57_000, True, 0), (60_000, True, 0)],
)
def test_enough_is_counted_exactly(covered, enough, missing):
    assert rules.is_enough(covered, length_ms=60_000, minimum_percent=95) is enough
    assert rules.missing_ms(covered, length_ms=60_000, minimum_percent=95) == missing


def test_reading_takes_its_time():
    assert rules.reading_time("字 " * 600) == dt.timedelta(minutes=1)
    assert rules.reading_time("短", video_ms=90_000) == dt.timedelta(minutes=1)


def test_captions_share_the_length_by_their_letters():
    text = captions.captions_from(
        "# 一\n> 四个字呀\n正文\n> 再来八个字行不行\n>不是\n", length_ms=12_000
    )
    assert text == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:04.000\n四个字呀\n\n00:00:04.000 --> 00:00:12.000\n再来八个字行不行\n"
    )


def test_captions_are_escaped_and_absent_when_there_is_nothing():
    assert "a &lt; b &amp; c" in captions.captions_from("> a < b & c", length_ms=1000)
    assert captions.captions_from("没有字幕行", length_ms=1000) == ""
    assert captions.captions_from("> 有", length_ms=0) == ""


@pytest.mark.parametrize("version", [0, 1])
def test_the_length_is_read_from_the_file(version):
    video = io.BytesIO(mp4_bytes(83.5, timescale=600, version=version))
    assert mp4.length_ms(video) == 83_500
    assert video.tell() == 0


def test_a_box_may_be_longer_than_32_bits_can_say_or_go_on_to_the_end():
    wide = struct.pack(">I4sQ", 1, b"free", 16 + 4) + bytes(4)
    to_the_end = struct.pack(">I4s", 0, b"mdat") + bytes(64)
    short = mp4_bytes(10).partition(struct.pack(">I4s", 8 + 64, b"mdat"))[0]
    head, moov = short[:16], short[16:]
    assert mp4.length_ms(io.BytesIO(head + wide + moov + to_the_end)) == 10_000


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"not a video at all, just text",
        mp4_bytes(10)[:40],
        mp4_bytes(10).replace(b"mvhd", b"xxxx"),
        mp4_bytes(10).replace(b"ftyp", b"free"),
        mp4_bytes(0),
        mp4_bytes(10).replace(b"moov", b"free"),
        mp4_bytes(0, timescale=0),
    ],
)
def test_what_is_no_mp4_is_told_apart(broken):
    with pytest.raises(mp4.NotMp4Error):
        mp4.length_ms(io.BytesIO(broken))
