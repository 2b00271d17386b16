"""Pictures from outside are drawn anew, in a child process with capped memory and CPU.

What comes back has the pixels and nothing else: no places, cameras, comments, nor what hides
behind a picture's end. Photographs stand upright and are made small enough for a page.
"""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from unionhall.base.childs_lines import environment_of_child

CHILD = Path(__file__).with_name("picture_child.py")
LARGEST_SENT = 8 << 20  # bytes; a photograph of a phone
AT_ONCE, WALL_SECONDS = 50, 120  # pictures for one child, and what it gets for them
MOST_DEATHS = 3  # of children over one file; from then on no picture of it is opened
_LENGTH = struct.Struct(">I")


class PictureKind(NamedTuple):
    """What a picture is by its first bytes."""

    suffix: str
    content_type: str


def kind_of(drawn: bytes) -> PictureKind:
    """Of what ``redrawn`` gave; raises ``ValueError``."""
    if drawn.startswith(b"\x89PNG\r\n\x1a\n"):
        return PictureKind("png", "image/png")
    if drawn.startswith(b"\xff\xd8\xff"):
        return PictureKind("jpg", "image/jpeg")
    raise ValueError("neither PNG nor JPEG")


def redrawn(pictures: Sequence[bytes]) -> list[bytes | None]:
    """Each picture as PNG or JPEG of at most 512 KB; ``None`` for what is none or is too large.

    PNG, JPEG and GIF are read, none that moves. One that takes its child down is none, either.
    """
    drawn: list[bytes | None] = []
    deaths = 0
    while len(drawn) < len(pictures) and deaths < MOST_DEATHS:
        batch = pictures[len(drawn) : len(drawn) + AT_ONCE]
        come = list(_answers(_asked(batch)))
        drawn += come
        if len(come) < len(batch):
            deaths += 1
            drawn.append(None)
    return drawn + [None] * (len(pictures) - len(drawn))


def _asked(batch: Sequence[bytes]) -> bytes:
    sent = [one if len(one) <= LARGEST_SENT else b"" for one in batch]
    command = [sys.executable, "-I", str(CHILD)]
    try:
        child = subprocess.run(  # noqa: S603 — our own program; the pictures go to its input
            command,
            input=b"".join(_LENGTH.pack(len(one)) + one for one in sent),
            env=environment_of_child(),
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        return late.stdout or b""
    return child.stdout


def _answers(told: bytes) -> Iterator[bytes | None]:
    """The answers that came whole; the child may have died on its way."""
    at = 0
    while at + _LENGTH.size <= len(told):
        (length,) = _LENGTH.unpack_from(told, at)
        at += _LENGTH.size
        if at + length > len(told):
            return
        yield told[at : at + length] or None
        at += length
