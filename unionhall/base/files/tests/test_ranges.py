from __future__ import annotations

import contextlib
import gc

import pytest
from django.core.files.base import ContentFile
from django.test import RequestFactory

from unionhall.base.files import actions as files
from unionhall.base.files.long_answers import AT_ONCE
from unionhall.base.files.ranges import LONGEST, ranged_response

BODY = bytes(range(256)) * 10


@pytest.fixture
def kept(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return files.keep(ContentFile(BODY), name="讲座.mp4", content_type="video/mp4", by=None)


def ask(file, wanted=None):
    headers = {"HTTP_RANGE": wanted} if wanted else {}
    return ranged_response(RequestFactory().get("/", **headers), file)


def body(response):
    return b"".join(response)


def test_without_a_range_all_of_it_comes(kept):
    response = ask(kept)
    assert (response.status_code, response["Accept-Ranges"], body(response)) == (200, "bytes", BODY)


@pytest.mark.parametrize(
    ("wanted", "begin", "end"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, 2560),
        ("bytes=-60", 2500, 2560),
        ("bytes=2550-9999", 2550, 2560),
    ],
)
def test_a_range_is_answered_exactly(kept, wanted, begin, end):
    response = ask(kept, wanted)
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {begin}-{end - 1}/2560"
    assert response["Content-Length"] == str(end - begin)
    assert body(response) == BODY[begin:end]


@pytest.mark.parametrize("wanted", ["bytes=2560-", "bytes=9000-9001", "bytes=50-10"])
def test_an_impossible_range_is_refused_with_the_size(kept, wanted):
    response = ask(kept, wanted)
    assert (response.status_code, response["Content-Range"]) == (416, "bytes */2560")


@pytest.mark.parametrize(
    "wanted", ["bytes=-", f"bytes={'9' * 5000}-", "lines=1-2", "bytes=0-1,5-6", "nonsense"]
)
def test_what_is_no_single_range_gets_all(kept, wanted):
    assert ask(kept, wanted).status_code == 200


@pytest.fixture
def long_one(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    content = ContentFile(b"x" * (LONGEST + 10))
    return files.keep(content, name="a.mp4", content_type="video/mp4", by=None)


def test_a_part_is_never_longer_than_a_mebibyte_and_holds_no_thread(long_one):
    part = ask(long_one, "bytes=0-")
    assert part["Content-Range"] == f"bytes 0-{LONGEST - 1}/{LONGEST + 10}"
    assert (part.streaming, len(part.content)) == (False, LONGEST)


def test_all_of_a_long_one_goes_to_so_many_at_once(long_one):
    going = [ask(long_one) for _reader in range(AT_ONCE)]
    no = ask(long_one)
    assert (no.status_code, no["Retry-After"], no["Cache-Control"]) == (503, "5", "no-store")
    assert ask(long_one, "bytes=0-").status_code == 206, "whoever asks for a part waits for nobody"
    assert body(going[0]) == b"x" * (LONGEST + 10)
    for one in (*going, *going):  # closing twice lets in nobody more
        one.close()
    with contextlib.ExitStack() as open_ones:
        again = [open_ones.enter_context(contextlib.closing(ask(long_one))) for _reader in going]
        assert [one.status_code for one in again] == [200] * AT_ONCE
        assert ask(long_one).status_code == 503


def test_a_file_is_kept_under_a_name_of_our_own(kept, settings):
    assert "讲座" not in kept.path
    assert (settings.MEDIA_ROOT / kept.path).read_bytes() == BODY


def test_a_hostile_name_does_not_leave_the_folder(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    file = files.keep(
        ContentFile(b"x"), name="../../etc/passwd", content_type="text/plain", by=None
    )
    assert (tmp_path / file.path).resolve().is_relative_to(tmp_path)


def test_a_discarded_file_is_gone_once_that_is_committed(
    kept, settings, django_capture_on_commit_callbacks
):
    full = settings.MEDIA_ROOT / kept.path
    with django_capture_on_commit_callbacks(execute=True):
        files.discard(kept, by=None)
    assert not full.exists()


def test_an_answer_that_nobody_closes_lets_the_next_one_in(long_one):
    for _mistake in range(AT_ONCE + 1):
        assert ask(long_one).status_code == 200
        gc.collect()
