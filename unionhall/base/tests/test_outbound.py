"""Asking somebody else's server: never inside, never for long, never twice."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from django.db import connection, transaction

from fakes.server import Answer, Asked, Fake, lead_to, serving
from unionhall.base import outbound
from unionhall.base.outbound import OutboundError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_django.fixtures import SettingsWrapper

INSIDE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "255.255.255.255",  # noqa: S104
    "224.0.0.1", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
]  # fmt: skip


class Echo(Fake):
    def routes(self) -> dict:
        return {
            ("GET", "/"): lambda _asked: Answer(200, "好".encode()),
            ("GET", "/long"): lambda _asked: Answer(200, b"x" * (outbound.MOST_BYTES + 1)),
            ("GET", "/away"): lambda _asked: lead_to("http://192.0.2.1/"),
            ("POST", "/"): self.cut,
        }

    def cut(self, _asked: Asked) -> Answer:
        raise ConnectionAbortedError


@pytest.fixture
def server(settings: SettingsWrapper) -> Iterator[Echo]:
    fake = Echo()
    with serving(fake):
        settings.OUTBOUND_PRIVATE = True
        yield fake


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_inside_is_none_of_the_internets(address: str) -> None:
    assert not outbound.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2400:3200::1", "223.5.5.5"])
def test_an_address_outside_is(address: str) -> None:
    assert outbound.is_public(address)


def test_a_server_inside_is_not_asked(server: Echo, settings: SettingsWrapper) -> None:
    assert outbound.ask("GET", server.url).text == "好"
    settings.OUTBOUND_PRIVATE = False
    for url in (server.url, server.url.replace("127.0.0.1", "localhost")):
        with pytest.raises(OutboundError):
            outbound.ask("GET", url)
    assert len(server.asked) == 1


def test_a_name_with_one_address_inside_is_not_asked(
    server: Echo, settings: SettingsWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OUTBOUND_PRIVATE = False
    mixed = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 80)) for one in ("8.8.8.8", "127.0.0.1")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: mixed)
    with pytest.raises(OutboundError):
        outbound.ask("GET", "http://mixed.example/")


def test_it_is_not_led_away_and_reads_no_more_than_it_must(server: Echo) -> None:
    assert outbound.ask("GET", f"{server.url}/away").status_code == 302
    with pytest.raises(OutboundError, match="too long"):
        outbound.ask("GET", f"{server.url}/long")


def test_what_was_sent_is_not_sent_again(server: Echo, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(OutboundError):
        outbound.ask("POST", server.url, form={"a": "b"})
    assert len(server.asked) == 1


def test_without_a_connection_it_tries_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def nowhere(host: str, _port: int) -> list[str]:
        tried.append(host)
        raise outbound.httpcore.ConnectError("nothing there")

    monkeypatch.setattr(outbound, "addresses_of", nowhere)
    with pytest.raises(OutboundError, match="ConnectError"):
        outbound.ask("GET", "http://nowhere.example/")
    assert tried == ["nowhere.example"] * outbound.TRIES


@pytest.mark.parametrize("url", ["", "ftp://a.example/", "http://", "http://a b/", "//a.example"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(OutboundError):
        outbound.ask("GET", url)


@pytest.mark.django_db(transaction=True)
def test_no_connection_to_the_database_waits_with_it(server: Echo) -> None:
    """And in a transaction, where it must, it stays."""
    connection.ensure_connection()
    outbound.ask("GET", server.url)
    assert connection.connection is None
    with transaction.atomic():
        outbound.ask("GET", server.url)
        assert connection.connection is not None
