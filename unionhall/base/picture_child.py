"""The program that opens pictures of unknown origin, in a process of its own.

Reads pictures from standard input, each behind its length (four bytes, the greatest first), and
writes for each what it drew anew in the same way, and flushes; of what is no picture the length
is 0. It imports nothing of the house and needs no settings; memory and CPU are capped before the
first byte is looked at.
"""

import io
import resource
import struct
import sys
import warnings

from PIL import Image, ImageOps

MEMORY, CPU_SECONDS = 1 << 30, 60
PIXELS = 40_000_000  # of a picture that comes
LONGEST_SIDE = 1_600  # pixels of one that is kept; a screen shows no more
LARGEST = 512 << 10  # bytes of one that is kept
PHOTOGRAPHS = ("JPEG", "MPO")  # the second is what phones call two photographs in one
QUALITIES = (85, 70, 50)
_LENGTH = struct.Struct(">I")


def main() -> None:
    """Answer on standard output until the input ends, or a limit ends the process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("error")
    Image.MAX_IMAGE_PIXELS = PIXELS
    while head := sys.stdin.buffer.read(_LENGTH.size):
        content = sys.stdin.buffer.read(*_LENGTH.unpack(head))
        try:
            drawn = _redrawn(content)
        except BaseException as error:  # noqa: BLE001 — whatever a decoder trips over
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            drawn = b""
        sys.stdout.buffer.write(_LENGTH.pack(len(drawn)) + drawn)
        sys.stdout.buffer.flush()


def _redrawn(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content), formats=("PNG", "JPEG", "GIF")) as picture:
        if picture.width * picture.height > PIXELS:
            raise ValueError("too many pixels")
        photograph = picture.format in PHOTOGRAPHS
        if not photograph and getattr(picture, "n_frames", 1) > 1:
            raise ValueError("it moves")
        picture.load()
        upright = ImageOps.exif_transpose(picture)
        drawn = upright.convert(_mode(upright, photograph=photograph))
    drawn.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    drawn.info = {}  # else comments, places and profiles are written again
    whole = b"" if photograph else _saved(drawn, "PNG", compress_level=9)
    if whole and (len(whole) <= LARGEST or drawn.mode == "RGBA"):
        return whole if len(whole) <= LARGEST else b""
    tries = (_saved(drawn, "JPEG", quality=quality) for quality in QUALITIES)
    return next((one for one in tries if len(one) <= LARGEST), b"")


def _mode(picture: Image.Image, *, photograph: bool) -> str:
    if not photograph and picture.has_transparency_data:
        return "RGBA"
    return "L" if picture.mode in {"1", "L"} else "RGB"


def _saved(picture: Image.Image, form: str, **options: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


if __name__ == "__main__":
    main()
