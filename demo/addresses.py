"""Where the demonstration listens, and under which names it is reached."""

from __future__ import annotations

import socket
from contextlib import suppress
from dataclasses import dataclass

from demo.processes import ChildError

USUAL_PORT = 8000


@dataclass(frozen=True)
class Front:
    """The address to listen on, and the names that visitors may use for it."""

    host: str
    port: int
    https: bool
    hosts: tuple[str, ...]

    @property
    def urls(self) -> list[str]:
        """One for each name, the one for this machine first."""
        scheme = "https" if self.https else "http"
        return [f"{scheme}://{host}:{self.port}" for host in self.hosts]


def choose_front(host: str | None, port: int | None, *, https: bool = False) -> Front:
    """Port 8000 or any other free one, or else the one asked for; ChildError if it is taken."""
    host = host or ("0.0.0.0" if https else "127.0.0.1")  # noqa: S104 - phones, only when asked
    if port is None:
        port = next(free for free in (free_port(host, USUAL_PORT), free_port(host, 0)) if free)
    elif not free_port(host, port):
        raise ChildError(f"Port {port} is taken on {host}: choose another with --port.")
    outside = {"0.0.0.0": lan_addresses(), "127.0.0.1": ()}.get(host, (host,))  # noqa: S104
    return Front(host, port, https, tuple(dict.fromkeys(("localhost", *outside))))


def free_port(host: str, port: int) -> int:
    """The port itself if nobody listens there (0 finds one), else 0."""
    with suppress(OSError), socket.create_server((host, port)) as listener:
        return int(listener.getsockname()[1])
    return 0


def lan_addresses() -> tuple[str, ...]:
    """This machine's IPv4 addresses as others see them; nothing is sent to find out."""
    found: list[str] = []
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(
            ("192.0.2.1", 9)
        )  # TEST-NET-1 of RFC 5737: only asks which way would be taken
        found.append(probe.getsockname()[0])
    with suppress(OSError):
        found += socket.gethostbyname_ex(socket.gethostname())[2]
    return tuple(dict.fromkeys(address for address in found if not address.startswith("127.")))
