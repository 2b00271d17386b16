"""Pictures as they are kept: drawn by the child."""

from __future__ import annotations

import io
from functools import cache

from PIL import Image

from unionhall.base.pictures import redrawn
from unionhall.domain.quiz.rules.questions import Picture


def png(*, width: int = 2, height: int = 1, colour: int = 1) -> bytes:
    return _saved(Image.new("RGB", (width, height), colour), "PNG")


def jpeg() -> bytes:
    return _saved(Image.radial_gradient("L").resize((40, 30)).convert("RGB"), "JPEG")


def _saved(image: Image.Image, form: str) -> bytes:
    out = io.BytesIO()
    image.save(out, form)
    return out.getvalue()


@cache
def _drawn(content: bytes) -> bytes:
    (drawn,) = redrawn([content])
    assert drawn is not None
    return drawn


def a_picture(
    text: str = "", option: str = "", *, colour: int = 1, content: bytes = b""
) -> Picture:
    return Picture(_drawn(content or png(colour=colour)), text, option)
