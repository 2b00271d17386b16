"""Pictures that hide something, lie about their size, or take their reader down."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image, PngImagePlugin

from unionhall.base import pictures
from unionhall.base.pictures import kind_of, redrawn

SECRET = b"39.9042 N, 116.4074 E"


def a_photograph(size=(60, 40), **more) -> bytes:
    out = io.BytesIO()
    Image.radial_gradient("L").resize(size).convert("RGB").save(out, "JPEG", **more)
    return out.getvalue()


def a_drawing(size=(20, 10), mode="RGB", form="PNG", **more) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, 1).save(out, form, **more)
    return out.getvalue()


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def a_bomb(width: int, height: int) -> bytes:
    """One bit a pixel, all alike: a few bytes that unfold to a wall."""
    rows = zlib.compressobj(9)
    row = b"\0" + bytes((width + 7) // 8)
    packed = b"".join(rows.compress(row) for _ in range(height)) + rows.flush()
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def one(content: bytes) -> bytes | None:
    (drawn,) = redrawn([content])
    return drawn


def opened(content: bytes) -> Image.Image:
    drawn = one(content)
    assert drawn is not None
    return Image.open(io.BytesIO(drawn))


def test_what_does_not_draw_is_gone():
    words = PngImagePlugin.PngInfo()
    words.add_text("GPS", SECRET.decode())
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    hiding = [
        a_drawing(pnginfo=words),
        a_drawing() + SECRET,
        a_photograph(comment=SECRET),
        a_photograph(exif=exif),
        a_photograph(icc_profile=SECRET),
        a_photograph() + SECRET,
    ]
    for before, after in zip(hiding, redrawn(hiding), strict=True):
        assert SECRET in before
        assert after is not None
        assert SECRET not in after


def test_a_photograph_stands_upright_and_is_no_larger_than_a_page():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    assert opened(a_photograph((60, 40), exif=exif)).size == (40, 60)
    assert opened(a_photograph((4_000, 3_000))).size == (1_600, 1_200)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_a_drawing_that_was_drawn_anew_stays_byte_for_byte(mode):
    once = one(a_drawing(mode=mode))
    assert once is not None
    assert kind_of(once).suffix == "png"
    assert one(once) == once


def test_a_drawing_of_one_frame_comes_in_as_png():
    assert opened(a_drawing(mode="P", form="GIF")).format == "PNG"


def test_what_moves_is_none():
    frames = [Image.new("L", (9, 9), grey) for grey in (1, 200)]
    for form in ("GIF", "PNG"):
        out = io.BytesIO()
        frames[0].save(out, form, save_all=True, append_images=frames[1:])
        assert one(out.getvalue()) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0\0\x10JFIF",
        a_photograph()[:-200],
        a_drawing()[:40],
        b"BM" + bytes(60),
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        a_bomb(60_000, 20_000),
        bytes(pictures.LARGEST_SENT + 1),
    ],
    ids=["nothing", "svg", "a head", "a jpeg's head", "cut off", "cut short", "bmp", "eps", "bomb", "too many bytes"],
)  # fmt: skip
def test_what_is_no_picture_of_ours_is_none(content):
    assert one(content) is None


def test_a_picture_that_takes_the_child_down_takes_no_other_with_it(monkeypatch, tmp_path):
    """A program that dies of every picture that begins with ``!``, as of a decoder's fault."""
    child = tmp_path / "child.py"
    child.write_text(
        "import os, sys\n"
        "while head := sys.stdin.buffer.read(4):\n"
        "    content = sys.stdin.buffer.read(int.from_bytes(head, 'big'))\n"
        "    content.startswith(b'!') and os.abort()\n"
        "    sys.stdout.buffer.write(head + content); sys.stdout.flush()\n"
    )
    monkeypatch.setattr(pictures, "CHILD", child)
    assert redrawn([b"a", b"!", b"b"]) == [b"a", None, b"b"]
    many = [b"a", *[b"!"] * 5, b"b"]
    assert redrawn(many) == [b"a", *[None] * 6]  # enough is enough
