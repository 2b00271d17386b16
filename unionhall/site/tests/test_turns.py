"""Who comes when the line is full is told so at once; who is inside is served in the order of coming."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from unionhall.site import turns
from unionhall.site.turns import Turns

AT_WORK, IN_LINE = 2, 3


class Slow:
    """An application that answers when it is let; it notes who came in, in which order."""

    def __init__(self) -> None:
        self.let = threading.Semaphore(0)
        self.inside: list[int] = []
        self.came = threading.Semaphore(0)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        self.inside.append(environ["nth"])
        self.came.release()
        assert self.let.acquire(timeout=30)
        start_response("200 OK", [])
        return [b""]


def ask(application: Turns, nth: int = 0, **environ: str) -> tuple[str, dict[str, str], bytes]:
    """Status, headers, body."""
    told: list[Any] = []
    asked = {"PATH_INFO": "/", "nth": nth, **environ}
    body = b"".join(application(asked, lambda *said: told.extend(said)))
    return told[0], dict(told[1]), body


@contextmanager
def full_house(
    slow: Slow, application: Turns, people: int = AT_WORK + IN_LINE, at_work: int = AT_WORK
) -> Iterator[list[threading.Thread]]:
    """So many inside, one after the other; behind the block everybody is let go."""
    threads = []
    for nth in range(people):
        threads.append(threading.Thread(target=ask, args=(application, nth)))
        threads[-1].start()
        if nth < at_work:
            assert slow.came.acquire(timeout=30)
        else:
            wait_until(lambda nth=nth: len(application._line) == nth - at_work + 1)
    yield threads
    for _nth in range(people):
        slow.let.release()
    for thread in threads:
        thread.join(30)


def wait_until(so: Callable[[], bool]) -> None:
    for _time in range(100_000):
        if so():
            return
        threading.Event().wait(0.001)
    raise AssertionError


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def application(slow: Slow) -> Turns:
    return Turns(slow, at_work=AT_WORK, in_line=IN_LINE)


def test_whoever_finds_the_line_full_is_told_when_to_come_back(
    slow: Slow, application: Turns
) -> None:
    with full_house(slow, application):
        status, headers, body = ask(application, HTTP_ACCEPT="application/json")
        assert (status, body) == ("503 Service Unavailable", b'{"code":"busy"}')
        assert 1 <= int(headers["Retry-After"]) < 1 + turns.SPREAD_S
        assert ask(application, PATH_INFO="/api/v1/me/")[1]["Content-Type"] == "application/json"
        page = ask(application)
        assert "过几秒退回上一页，再点一次" in page[2].decode()
        assert int(page[1]["Content-Length"]) == len(page[2])
    slow.let.release()
    assert ask(application)[0] == "200 OK", "there is room again"


def test_they_come_back_at_different_times(slow: Slow) -> None:
    nobody = Turns(slow, at_work=0, in_line=0)
    assert len({ask(nobody)[1]["Retry-After"] for _time in range(200)}) == turns.SPREAD_S


def test_nobody_overtakes(slow: Slow) -> None:
    with full_house(slow, Turns(slow, at_work=1, in_line=4), people=5, at_work=1):
        assert slow.inside == [0]
    assert slow.inside == [0, 1, 2, 3, 4]


def test_without_a_bound_everybody_waits(slow: Slow) -> None:
    """The control: a line that has no end takes in whoever comes."""
    endless = Turns(slow, at_work=AT_WORK, in_line=10**6)
    with full_house(slow, endless, AT_WORK + IN_LINE + 20):
        assert len(endless._line) == IN_LINE + 20


def test_nobody_waits_for_ever(
    slow: Slow, application: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "PATIENCE_S", 0.01)
    slow_ones = [threading.Thread(target=ask, args=(application, nth)) for nth in range(AT_WORK)]
    for thread in slow_ones:
        thread.start()
        assert slow.came.acquire(timeout=30)
    assert ask(application)[0] == "503 Service Unavailable"
    assert not application._line, "who gave up stands in line no longer"
    for thread in slow_ones:
        slow.let.release()
        thread.join(30)


def test_a_turn_is_given_back_when_the_application_breaks() -> None:
    def broken(_environ: object, _start: object) -> list[bytes]:
        raise ZeroDivisionError

    once = Turns(broken, at_work=1, in_line=0)
    for _time in range(3):
        with pytest.raises(ZeroDivisionError):
            ask(once)
