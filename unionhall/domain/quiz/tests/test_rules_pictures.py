"""What a picture keeps and what it loses; what is no picture."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionhall.domain.quiz.rules.pictures import LARGEST, PictureError, cleaned, kind_of
from unionhall.domain.quiz.tests.pictures import chunk, jpeg, png, segment

SECRET = b"GPS 39.9042"


@pytest.mark.parametrize("content", [png(more=chunk(b"tEXt", SECRET)), png() + SECRET])
def test_a_png_keeps_only_its_pixels(content):
    assert cleaned(content, text="").content == cleaned(png(), text="").content
    assert SECRET not in cleaned(content, text="").content


@pytest.mark.parametrize(
    "content",
    [jpeg(more=segment(0xE1, b"Exif\0\0" + SECRET)), jpeg(more=segment(0xFE, SECRET)), jpeg() + SECRET],
)  # fmt: skip
def test_a_jpeg_keeps_only_what_draws(content):
    assert cleaned(content, text="").content == jpeg()


def test_what_was_cleaned_is_clean():
    for content in (png(more=chunk(b"tEXt", SECRET)), jpeg()):
        once = cleaned(content, text=" 一个阀门 ")
        assert cleaned(once.content, text=once.text) == once


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg onload=alert(1)>",
        b"GIF89a" + bytes(20),
        png(pixels=b"\0"),
        png(pixels=bytes(100)),
        png(width=5_000),
        png(width=0),
        png(interlaced=1),
        png()[:-20],
        png().replace(b"IDAT", b"IDAX"),
        jpeg(width=60_000),
        jpeg(frame=0xC3),
        jpeg()[:-10],
        b"\xff\xd8\xff\xd9",
        jpeg(more=b"\xff\xe1\0\0"),
        png() + bytes(LARGEST),
    ],
)
def test_what_is_no_picture_is_refused(content):
    with pytest.raises(PictureError):
        cleaned(content, text="")


def test_a_small_file_of_many_pixels_is_not_unpacked():
    """4,000 by 4,000 claimed, a gigabyte inside: unpacking ends at what the head says."""
    bomb = png(width=2, height=1, pixels=bytes(50_000_000))
    assert len(bomb) < LARGEST
    with pytest.raises(PictureError):
        cleaned(bomb, text="")


@given(
    st.binary(max_size=300),
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"", png()[:40]]),
)
def test_any_bytes_are_a_picture_or_refused(content, head):
    with suppress(PictureError):
        assert kind_of(cleaned(head + content, text="").content)
