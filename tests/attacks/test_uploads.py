"""The doors for a film, a script and a picture get the files that mean harm.

Doors for tables: ``tests/journeys/test_hostile_files.py``.
"""

from __future__ import annotations

import itertools
import struct

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.attacks.forms import read
from tests.tenancy.asking import signed_in
from tests.world import a_bank
from unionhall.base.files.models import PrivateFile
from unionhall.base.tests.hostile_files import HOSTILE
from unionhall.domain.learning.models import Lesson
from unionhall.domain.learning.tests.made import mp4_bytes
from unionhall.domain.quiz.models import QuestionPicture

pytestmark = pytest.mark.django_db
FILM, PICTURE = "/desk/learning/new/", "/desk/quiz/questions/"
REFUSED = 422


def box(kind: bytes, body: bytes = b"", size: int | None = None) -> bytes:
    """A part of an mp4; ``size`` is what it says of itself."""
    return struct.pack(">I4s", len(body) + 8 if size is None else size, kind) + body


START = box(b"ftyp", b"isom\0\0\2\0isomiso2")
FILMS = {
    "nothing": b"", "text": b"<script>alert(1)</script>", "a page behind a film's start": START + b"<html><script>alert(1)</script>",
    "a playlist": b"#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n", "a list of files": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "cut short": START + box(b"moov", b"", 4_000), "a part of no size": START + box(b"moov", b"", 0), "a part that ends before it begins": START + box(b"moov", b"", 4),
    "a part larger than any disk": START + struct.pack(">I4sQ", 1, b"moov", 2**63), "parts without end": START + box(b"free", b"", 8) * 50_000,
    "parts in parts": START + b"".join(box(b"moov", b"", 10_000 - 8 * n) for n in range(1_000)),
    "no time at all": START + box(b"moov", box(b"mvhd", b"\0" * 100)), "a time of nought": START + box(b"moov", box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 0, 9) + b"\0" * 80)),
    "a time too short to be": START + box(b"moov", box(b"mvhd", struct.pack(">IIIII", 0, 0, 0, 10**9, 1) + b"\0" * 80)),
    "a time past counting": START + box(b"moov", box(b"mvhd", b"\1\0\0\0" + struct.pack(">QQIQ", 0, 0, 1, 2**64 - 1) + b"\0" * 80)),
}  # fmt: skip
SCRIPTS = {
    "NUL": "一\0二".encode(), "NUL in the middle of much": b"x" * 5_000 + b"\0", "UTF-16": "讲稿".encode("utf-16"), "half a sign": "讲".encode()[:2],
    "no text": bytes(range(256)), "half of a pair": "\ud842".encode("utf-8", "surrogatepass"), "an archive": HOSTILE[0][2]() if HOSTILE else b"PK\3\4",
}  # fmt: skip
PICTURES = {
    "a drawing with a script": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>",
    "a page": b"<html><script>alert(1)</script>", "a GIF that is a script": b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)//",
    "two milliards of pixels": b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 1, 2_000_000_000, 8, 2, 0, 0, 0) + b"\0\0\0\0",
    "a JPEG of one sign": b"\xff\xd8\xff", "a picture cut short": b"\x89PNG\r\n\x1a\n", "nothing to see": b"\0" * 4_096, "a playlist": FILMS["a playlist"],
}  # fmt: skip
NAMES = [
    "../../x.{}",
    "..\\..\\x.{}",
    "C:\\x.{}",
    "x\0.{}",
    "x\u202egnp.{}",
    "<img src=x onerror=alert(1)>.{}",
    "x" * 300 + ".{}",
    ".{}",
    "CON.{}",
]


@pytest.fixture
def browser(bo, tmp_path, settings):
    """Of Plant 7's officer, where files are kept in a folder of their own."""
    settings.MEDIA_ROOT = tmp_path
    return signed_in(bo)


def kept(folder):
    return [one for one in folder.rglob("*") if one.is_file()]


def film(browser, union, name, content, field="video"):
    file = SimpleUploadedFile("x", content)
    file._name = name
    said = {"title": "用气", "speaker": "", "union": union.pk, "script": "> 关阀门"}
    if field == "script_file":
        said["script"] = ""
    return browser.post(FILM, said | {field: file})


@pytest.mark.parametrize("content", FILMS.values(), ids=FILMS)
def test_what_is_no_film_is_refused_and_nothing_is_kept(browser, plant7, tmp_path, content):
    assert film(browser, plant7, "x.mp4", content).status_code == REFUSED
    assert not Lesson.objects.exists()
    assert not PrivateFile.objects.exists()
    assert kept(tmp_path) == []


def test_a_film_is_kept(browser, plant7, tmp_path):
    """The control of the one before: the same door, and a film."""
    assert film(browser, plant7, "x.mp4", mp4_bytes(9)).status_code == 302
    assert len(kept(tmp_path)) == 1


@pytest.mark.parametrize(("name", "content"), [one[1:3] for one in HOSTILE], ids=[one[0] for one in HOSTILE])  # fmt: skip
def test_a_table_that_means_harm_is_no_film_and_breaks_no_script(
    browser, plant7, tmp_path, name, content
):
    body = content()
    assert film(browser, plant7, name, body).status_code == REFUSED
    assert film(browser, plant7, f"{name}.mp4", body).status_code == REFUSED
    assert film(browser, plant7, f"{name}.txt", body, "script_file").status_code in {302, REFUSED}
    assert kept(tmp_path) == []


@pytest.mark.parametrize("content", SCRIPTS.values(), ids=SCRIPTS)
def test_what_is_no_text_is_told_beside_the_script(browser, plant7, content):
    answer = film(browser, plant7, "x.txt", content, "script_file")
    assert answer.status_code in {302, REFUSED}
    assert Lesson.objects.count() == (answer.status_code == 302)


@pytest.mark.parametrize("name", NAMES)
def test_no_name_of_a_file_says_where_it_is_kept(browser, plant7, tmp_path, name):
    answer = film(browser, plant7, name.format("mp4"), mp4_bytes(9))
    assert answer.status_code in {302, REFUSED}
    assert all(tmp_path in one.resolve().parents for one in kept(tmp_path))
    assert all(one.stem.isalnum() and one.suffix == ".mp4" for one in kept(tmp_path))
    assert "<img src=x onerror" not in answer.text


@pytest.fixture
def sheet(browser, plant7, bo):
    """The form of one question: where it is sent, and its fields."""
    path = f"{PICTURE}{a_bank(plant7, bo).questions.first().pk}/"
    (form,) = [one for one in read(path, browser.get(path).text).forms if one.files]
    return path, form.fields


def test_what_is_no_picture_is_refused_and_nothing_is_kept(browser, sheet, tmp_path):
    path, fields = sheet
    for content, name in itertools.product(PICTURES.values(), ("x.png", "x.svg", "x.html")):
        answer = browser.post(path, fields | {"picture": SimpleUploadedFile(name, content)})
        assert answer.status_code == REFUSED
    assert not QuestionPicture.objects.exists()
    assert kept(tmp_path) == []
