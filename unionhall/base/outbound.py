"""How the house asks somebody else's server: never for long, never inside, never twice without need.

The address that is asked is the one that was looked at: a name is resolved once, each address it has must be a public
one, and the connection goes to that address, so that a name cannot point inside a moment later (OWASP SSRF, "DNS
rebinding"). Redirects are not followed, no proxy of the environment is used, and an answer is read up to a limit.

``settings.OUTBOUND_PRIVATE`` lets addresses inside be asked, for a demonstration and for tests.
"""

from __future__ import annotations

import functools
import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from typing import Any

import httpcore
import httpx
from django.conf import settings
from django.db import connections

TIMEOUT_S = 8.0  # for a whole step: connecting, sending, each read
IN_ALL = 3  # times the patience for one piece: so long may a whole answer take
MOST_BYTES = 1 << 20
TRIES = 2  # to connect; what was sent is never sent again


class OutboundError(Exception):
    """No answer to be used: refused, too late, too long, or no connection. Holds nothing of what was asked."""


class _PublicOnly(httpcore.SyncBackend):
    """Connects to public addresses."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """To the first address of the host, once all of them were looked at."""
        found = addresses_of(host, port)
        return super().connect_tcp(found[0], port, timeout, local_address, socket_options)


def addresses_of(host: str, port: int) -> list[str]:
    """The addresses of a host; raises ``ConnectError`` when there is none, or one lies inside."""
    try:
        found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except OSError as error:
        raise httpcore.ConnectError("no such host") from error
    if not settings.OUTBOUND_PRIVATE and not all(map(is_public, found)):
        raise httpcore.ConnectError("an address inside")
    return found


def is_public(address: str) -> bool:
    """Whether an address is one of the internet's, and no multicast."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None)
    parsed = mapped or parsed
    return parsed.is_global and not parsed.is_multicast


def ask(
    method: str,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    timeout_s: float = TIMEOUT_S,
) -> httpx.Response:
    """The answer, whatever its status. Raises ``OutboundError``.

    Once more when no connection came about, for nothing was sent then. However long it takes, no connection to the
    database waits with it.
    """
    _let_the_database_go()
    for left in reversed(range(TRIES)):
        try:
            with _client(timeout_s) as client:
                request = client.build_request(
                    method, url, params=params, data=form, headers=headers, content=content
                )
                until = time.monotonic() + IN_ALL * timeout_s
                return _read(client.send(request, stream=True), until=until)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            if not left:
                raise OutboundError(type(error).__name__) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise OutboundError(type(error).__name__) from error
    raise AssertionError


def _let_the_database_go() -> None:
    """Back to the pool, unless a transaction is open: twenty calls that hang would stop every page else."""
    for held in connections.all(initialized_only=True):
        if not held.in_atomic_block:
            held.close()


def _client(timeout_s: float) -> httpx.Client:
    transport = httpx.HTTPTransport(verify=_trusted(), trust_env=False)
    transport._pool = httpcore.ConnectionPool(  # noqa: SLF001 - httpx has no other place for a network of one's own
        ssl_context=_trusted(), network_backend=_PublicOnly()
    )
    return httpx.Client(
        transport=transport,
        timeout=timeout_s,
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": "Unionhall"},
    )


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Whose certificates are believed. Once a process: to read all the roots takes longer than many an answer."""
    return httpx.create_ssl_context(trust_env=False)


def _read(response: httpx.Response, *, until: float) -> httpx.Response:
    """The same answer with its body, unless that is too long, or takes longer than all of a call may."""
    body = b""
    try:
        for part in response.iter_bytes():
            body += part
            if len(body) > MOST_BYTES:
                raise OutboundError("too long")
            if time.monotonic() > until:  # httpx counts from one piece to the next
                raise OutboundError("too slow")
    finally:
        response.close()
    kept = [name for name in response.headers if name not in {"content-encoding", "content-length"}]
    return httpx.Response(
        response.status_code,
        headers=[(name, response.headers[name]) for name in kept],
        content=body,
        request=response.request,
    )


def json_of(response: httpx.Response) -> dict[str, Any]:
    """An object of JSON, always read as UTF-8 (RFC 8259 §8.1): vendors say otherwise and mean this."""
    try:
        found = json.loads(response.content.decode())
    except ValueError as error:
        raise OutboundError("no JSON") from error
    if not isinstance(found, dict):
        raise OutboundError("no object")
    return found
