"""Lessons and small mp4 files for tests."""

import io
import struct

from django.core.files.uploadedfile import SimpleUploadedFile

from unionhall.domain.learning import actions as learning

SCRIPT = "# 用气安全\n\n各位工友，大家好。\n\n> 用气不离人\n> 用完关阀门\n"


def mp4_bytes(seconds: float, *, timescale: int = 1000, version: int = 0) -> bytes:
    """The smallest thing with the header of an mp4: ftyp, then moov with mvhd."""
    fields = (0, 0, timescale, int(seconds * timescale))
    head = struct.pack(">B3x" + ("QQIQ" if version else "IIII"), version, *fields)
    mvhd = _box(b"mvhd", head + bytes(80))
    return (
        _box(b"ftyp", b"isom0000")
        + _box(b"free", b"")
        + _box(b"moov", mvhd)
        + _box(b"mdat", b"x" * 64)
    )


def _box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", len(content) + 8, name) + content


def mp4_file(seconds: float) -> io.BytesIO:
    return io.BytesIO(mp4_bytes(seconds))


def a_video_lesson(
    union, by, *, seconds: float = 60, script: str = SCRIPT, title: str = "冬季用气安全"
):
    upload = SimpleUploadedFile("gas.mp4", mp4_bytes(seconds), content_type="video/mp4")
    return learning.publish_lesson(
        union=union, title=title, speaker="苏惊蛰", video=upload, script=script, by=by
    )


def a_text_lesson(union, by, *, script: str = SCRIPT, title: str = "心里有事怎么说"):
    return learning.publish_lesson(union=union, title=title, speaker="程大寒", script=script, by=by)
