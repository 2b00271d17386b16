"""One line for each request and each job, with its number, and nothing of a person in any of them."""

from __future__ import annotations

import io
import json
import logging
import uuid
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import pytest
from django.core.signals import request_finished, request_started
from django.db import DatabaseError, close_old_connections, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from tests.attacks.pages import WHO
from tests.tenancy.routes import all_routes
from tests.tenancy.two_unions import clients, ids, worlds  # noqa: F401 — two fixtures
from tests.world import World
from unionhall.base import log_lines
from unionhall.base.sweep import Sweep
from unionhall.people.members.models import Member
from unionhall.site import request_log
from unionhall.site.request_log import RequestLog, Whole
from unionhall.site.short_way import with_short_way
from unionhall.site.turns import Turns
from unionhall.site.worker import swept

TYPED = "马春分19900007777"  # by a visitor, into an address, a query, a header, a body


class Written:
    """A log and what was written into it."""

    def __init__(self, form: str = log_lines.JSON, level: str = "INFO") -> None:
        self.file = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
        self.log = log_lines.own_log(form=form, level=level, file=self.file)

    @property
    def text(self) -> str:
        return self.file.buffer.getvalue().decode()  # type: ignore[attr-defined]

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def written() -> Written:
    return Written()


@pytest.fixture(autouse=True)
def _same_connection() -> Iterator[None]:
    """A request of a server begins and ends with old connections; here it stays in the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def house(written: Written) -> RequestLog:
    """As ``wsgi.py`` puts it together."""
    return RequestLog(Turns(with_short_way(Whole())), log=written.log)


def ask(
    application: Callable[..., Any],
    path: str,
    *,
    method: str = "GET",
    body: bytes = b"",
    **more: Any,
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one request through a whole WSGI application."""
    as_sent = {name: one.encode().decode("latin-1") for name, one in more.items()}  # PEP 3333
    environ = RequestFactory(**as_sent).generic(method, path, body).environ
    environ["PATH_INFO"] = environ["PATH_INFO"].encode().decode("latin-1")
    told: list[Any] = []
    answer = application(environ, lambda *said: told.extend(said))
    content = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    return int(told[0][:3]), dict(told[1]), content


def as_her(client: Client) -> dict[str, str]:
    return {"HTTP_COOKIE": "; ".join(f"{one.key}={one.value}" for one in client.cookies.values())}


# == A line ==


@pytest.mark.django_db
def test_a_request_has_one_line_and_its_number_in_the_answer(written, client, ann):
    client.force_login(ann.user)
    status, headers, _body = ask(house(written), f"/me/?q={TYPED}", **as_her(client))
    (line,) = written.lines
    assert len(headers["X-Request-Id"]) == 32
    assert line.pop("request_id") == headers["X-Request-Id"]
    assert line.pop("ms") > 0
    assert line.pop("statements") > 3
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "event": "request", "level": "info", "method": "GET", "route": "me", "status": status, "user": ann.user.pk,
    }  # fmt: skip


@pytest.mark.django_db
def test_the_statements_of_a_request_are_counted_as_the_database_got_them(
    written, client, ann, django_assert_num_queries
):
    client.force_login(ann.user)
    application = house(written)
    ask(application, "/inbox/", **as_her(client))
    with django_assert_num_queries(written.lines[0]["statements"]):
        ask(application, "/inbox/", **as_her(client))


@pytest.mark.django_db
def test_our_proxy_may_say_the_number_and_nobody_else(written, settings):
    application, theirs = house(written), {"HTTP_X_REQUEST_ID": "0123456789abcdef"}
    assert ask(application, "/privacy/", **theirs)[1]["X-Request-Id"] != "0123456789abcdef"
    settings.PROXIES = 1
    assert ask(application, "/privacy/", **theirs)[1]["X-Request-Id"] == "0123456789abcdef"
    for odd in ("short", "a" * 65, "12345678\n{}", TYPED):
        assert ask(application, "/privacy/", HTTP_X_REQUEST_ID=odd)[1]["X-Request-Id"] != odd


@pytest.mark.django_db
def test_every_error_tells_its_number(written):
    application = house(written)
    for path in ("/nowhere/", "/api/v1/me/", "/api/v1/nowhere/"):
        _status, headers, body = ask(application, path)
        assert headers["X-Request-Id"] in body.decode(), path
    full = RequestLog(Turns(with_short_way(Whole()), at_work=0, in_line=0), log=written.log)
    for path in ("/", "/api/v1/me/"):
        for _time in range(2):  # the page is ready-made, the number is not
            status, headers, body = ask(full, path)
            assert (status, headers["X-Request-Id"] in body.decode()) == (503, True)
            assert int(headers["Content-Length"]) == len(body)
    assert [line["level"] for line in written.lines] == ["info"] * 3 + ["warning"] * 4


def test_what_breaks_behind_everything_is_logged_and_answered_without_a_word(written):
    def broken(_environ: object, _start: object) -> NoReturn:
        raise ValueError(TYPED)

    assert ask(RequestLog(broken, log=written.log), "/")[0] == 500
    assert [line["event"] for line in written.lines] == ["broken", "request"]
    assert log_lines.request_id() == "", "the next request of the thread is another one"
    assert not found_in(written.text)


def test_a_log_that_nobody_takes_costs_no_answer(written):
    def quiet(_environ: object, start: Callable[..., None]) -> list[bytes]:
        start("200 OK", [])
        return []

    written.file.close()
    assert ask(RequestLog(quiet, log=written.log), "/")[0] == 200
    assert log_lines.request_id() == ""


def test_an_odd_method_is_no_word_of_the_log(written):
    def quiet(_environ: object, start: Callable[..., None]) -> list[bytes]:
        start("405 Method Not Allowed", [])
        return []

    ask(RequestLog(quiet, log=written.log), "/", method="X" * 300)
    assert written.lines[0]["method"] == "OTHER"


def test_below_its_level_nothing_is_written():
    quiet = Written(level="WARNING")
    swept(Sweep(lambda: 3, seconds=60), log=quiet.log)
    assert quiet.text == ""


def test_plain_lines_say_the_same(written):
    plain = Written(form=log_lines.PLAIN)
    swept(Sweep(lambda: 3, seconds=60), log=plain.log)
    assert plain.text.count("\n") == 1
    assert " info    sweep sweep=" in plain.text
    assert "done=3" in plain.text


# == A job ==


def test_a_sweep_that_did_something_has_a_line_and_an_idle_one_has_none(written):
    for done in (0, 7, None):
        swept(Sweep(lambda done=done: done, seconds=60), log=written.log)
    assert [line["done"] for line in written.lines] == [7]


def test_a_sweep_that_breaks_is_told_and_still_breaks(written):
    def broken() -> NoReturn:
        raise ValueError(TYPED)

    with pytest.raises(ValueError, match="春分"):
        swept(Sweep(broken, seconds=60), log=written.log)
    assert (written.lines[0]["broken"], found_in(written.text)) == (True, [])


# == Nothing of a person ==


def persons() -> list[str]:
    """Every name, phone and number of an ID that is in the database, and what the visitor typed."""
    said = [TYPED, "马春分", "19900007777"]
    for one in Member.objects.select_related("user"):
        said += [one.name, str(one.phone), str(one.id_number)]
    return [one for one in said if len(one) > 1 and one != "None"]


def found_in(text: str, canaries: list[str] | None = None) -> list[str]:
    escaped = text + text.encode().decode("unicode_escape", errors="replace")
    return [one for one in canaries or [TYPED, "马春分", "19900007777"] if one in escaped]


@pytest.fixture
def records() -> Iterator[io.StringIO]:
    """What all loggers write, in the form of production."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(log_lines.LineFormatter(form=log_lines.JSON))
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)


def asked(route: Any, world: World) -> Iterator[tuple[str, str, bytes]]:
    path = route.path({**ids(world), "consent": "sms"})
    yield "GET", f"{path}?q={TYPED}&page=9", b""
    yield "POST", f"{path}?q={TYPED}", f'{{"name": "{TYPED}", "phone": "19900007777"}}'.encode()


def test_no_page_and_no_verb_puts_a_person_into_the_log(written, records, worlds, clients):  # noqa: F811
    application, canaries = house(written), persons()
    for route in all_routes():
        browser = clients[WHO.get(route.reader("GET") or "", "ann")]
        for method, path, body in asked(route, worlds[0]):
            with transaction.atomic():
                ask(
                    application, path, method=method, body=body, **as_her(browser),
                    HTTP_ACCEPT="text/html", HTTP_USER_AGENT=TYPED, HTTP_REFERER=f"/{TYPED}",
                )  # fmt: skip
                transaction.set_rollback(True)
    ask(application, f"/{TYPED}/", HTTP_HOST=TYPED)
    assert [line for line in written.lines if line["event"] == "broken"] == []
    assert len(written.lines) > 300
    assert {line["status"] for line in written.lines} >= {200, 302, 400, 403, 404}
    assert found_in(written.text + records.getvalue(), canaries) == []


def test_a_line_with_a_person_would_be_found(worlds):  # noqa: F811
    canaries = persons()
    assert len(canaries) >= 9
    assert found_in(json.dumps({"event": canaries[-1]}), canaries)


@pytest.mark.django_db
def test_an_error_of_the_database_is_told_without_the_row_that_it_quotes(records, ann):
    try:
        with transaction.atomic():
            Member.objects.filter(pk=ann.pk).update(name=TYPED, sex="?")
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO members_member (name) VALUES (%s)", [TYPED])
    except DatabaseError as error:
        assert TYPED in str(error)
        logging.getLogger("unionhall.test").exception("broken for %s, %s", TYPED, ann.pk)
    line = json.loads(records.getvalue())
    assert line["sqlstate"] in {"23502", "23514"}
    assert line["error"] == "django.db.utils.IntegrityError"
    assert line["event"] == f"broken for …#, {ann.pk}"
    assert any("test_request_log.py" in place for place in line["at_lines"])
    assert found_in(records.getvalue()) == []


@pytest.mark.django_db
def test_a_mistake_in_a_page_is_told_by_its_places_alone(written, records, rf):
    def page(_request: HttpRequest) -> HttpResponse:
        raise KeyError(TYPED)

    with pytest.raises(KeyError) as raised:
        page(rf.get(f"/{TYPED}/"))
    extra = {"status_code": 500, "request": rf.get("/")}
    logging.getLogger("django.request").error(
        "%s: %s", "Internal Server Error", f"/{TYPED}/", exc_info=raised.value, extra=extra
    )
    line = json.loads(records.getvalue())
    assert (line["event"], line["said"]) == ("Internal Server Error", "'…'")
    assert found_in(records.getvalue()) == []


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("relation \"members_member\" of 'one_live_claim'", "relation \"members_member\" of 'one_live_claim'"),
        ("value '王小满' at 199 0000 0001", "value '…' at #"),
        ("990101199003050017 for +86-199-0000-0001", "# for #"),
        ("职工 tried 3 times in 1200 ms", "… tried 3 times in 1200 ms"),
        ("a\nb", "a…b"),
    ],
)  # fmt: skip
def test_a_text_from_elsewhere_loses_what_may_be_of_a_person(text, left):
    assert log_lines.without_persons(text) == left


def test_a_key_of_a_row_stays_readable(records):
    number = uuid.uuid4()
    logging.getLogger("unionhall.test").error("delivery %s of %d", number, 1234567)
    assert json.loads(records.getvalue())["event"] == f"delivery {number} of 1234567"


@pytest.mark.parametrize("environ", [{"REQUEST_METHOD": "GET"}])
def test_without_a_request_there_is_no_route(environ):
    assert request_log.route_of(None) == "-"
    assert request_log.method_of(environ) == "GET"
