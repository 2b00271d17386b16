"""What is sent along is small: static files go out compressed to whoever can open them."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from django.test import Client

from bench.first_visit import weights_of
from tests.world import a_world
from unionhall.site import settings
from unionhall.site.compression import opens_gzip

FILE = Path(settings.__file__).with_name("static") / "ui.css"
GZIP = {"Accept-Encoding": "gzip, br"}


def body(response) -> bytes:
    return b"".join(response)


def test_a_style_sheet_is_sent_compressed_to_whoever_can_open_it():
    for _again in range(2):
        sent = Client().get("/static/ui.css", headers=GZIP)
        assert sent["Content-Encoding"] == "gzip"
        assert gzip.decompress(body(sent)) == FILE.read_bytes()
        assert int(sent["Content-Length"]) < FILE.stat().st_size / 3
        assert "Last-Modified" in sent
    plain = Client().get("/static/ui.css")
    assert "Content-Encoding" not in plain
    assert body(plain) == FILE.read_bytes()
    assert sent["Vary"] == plain["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    ("accepted", "opens"),
    [
        ("gzip", True),
        ("br;q=1.0, GZip;q=0.2", True),
        ("br, *", True),
        ("*;q=0, gzip", True),
        ("", False),
        ("identity, br", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, br", False),
        ("gzip;q=0, *", False),
        ("*;q=0", False),
        ("ungzipped", False),
    ],
)
def test_only_whoever_says_so_opens_gzip(accepted, opens):
    assert opens_gzip(accepted) is opens
    sent = Client().get("/static/ui.css", headers={"Accept-Encoding": accepted})
    assert body(sent)
    assert ("Content-Encoding" in sent) is opens


@pytest.mark.django_db
def test_a_page_is_not_compressed():
    assert "Content-Encoding" not in Client().get("/privacy/", headers=GZIP)


@pytest.mark.parametrize("headers", [{"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}])
def test_what_the_browser_has_already_is_not_sent_again(headers):
    sent = Client().get("/static/ui.css", headers=GZIP | headers)
    assert (sent.status_code, body(sent)) == (304, b"")


def test_a_part_of_a_file_is_sent_as_it_is():
    sent = Client().get("/static/ui.css", headers=GZIP | {"Range": "bytes=0-9"})
    assert (sent.status_code, body(sent)) == (206, FILE.read_bytes()[:10])


def test_home_weighs_at_most_60_kilobytes_at_the_first_visit_and_15_at_the_second(
    ann, plant7, bo, dee
):
    a_world(plant7, officer=bo, member=ann, clerk=dee.phone)
    hers = Client()
    hers.force_login(ann.user)
    for client in (Client(), hers):
        first, second = weights_of(client, "/")
        assert 20 < first <= 60
        assert 1 < second <= 15
