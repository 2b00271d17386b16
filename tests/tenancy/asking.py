"""One request and all that can be heard of its answer; whatever it did is undone."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote, unquote, urlencode

from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.test.client import ClientHandler

from tests.tenancy.town import OWN, Town
from unionhall.kernel.notify.models import Message
from unionhall.people.accounts.models import User
from unionhall.site.second_factor import remember
from unionhall.site.short_way import FewerSteps, takes_it

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
WRITE = re.compile(r"\s*(INSERT|UPDATE|DELETE)\b")
ESCAPED = re.compile(r"\\u([0-9a-f]{4})", re.IGNORECASE)
SAVEPOINT = re.compile(r"s\d+_x\d+")
# What is new in every answer: tokens, random names of pages, moments in headers, sealed names in addresses, and the
# number of those who were chosen for a deed
VOLATILE = re.compile(
    r'(csrfmiddlewaretoken" value="|"x-csrftoken": "|csrftoken=|sessionid=|messages=)[^";]+|\b[0-9a-f]{32}\b|[Ee]xpires(=|: )[^;\n]+'
    r"|(?<=[?&]|;)who=[\w-]+|(?<=Location: /desk/members/bulk/)\d+"
)
TO_MANY = "notify_message"

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Sent:
    """What is asked: a path, its query, and a body of pairs (a form) or of JSON."""

    method: str
    path: str
    query: Pairs = field(default_factory=list)
    form: Pairs | None = None
    json: Any = None
    short: bool = False  # asked for as JSON, so that it takes the shortest way

    @property
    def address(self) -> str:
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    def body(self) -> tuple[bytes, str]:
        if self.form is not None:
            return urlencode(self.form).encode(), FORM
        return (json.dumps(self.json).encode() if self.json is not None else b""), JSON

    def with_number(self, old: int, new: object) -> Sent:
        """The same with one number another, wherever it stands."""
        return replace(
            self,
            path=self.path.replace(str(old), str(new)),
            query=swapped(self.query, old, new),
            form=swapped(self.form, old, new) if self.form is not None else None,
            json=json.loads(json.dumps(self.json).replace(str(old), str(new))),
        )

    def told(self) -> str:
        body = self.body()[0].decode()[:160]
        return f"{self.method} {self.address} {body}".rstrip() + " (short way)" * self.short

    def both_ways(self) -> list[Sent]:
        """As a page is asked for, and on the shortest way where there is one."""
        has_short = takes_it({"PATH_INFO": self.path, "HTTP_ACCEPT": JSON})
        return [self, replace(self, short=True)] if has_short else [self]


def swapped(pairs: Pairs, old: object, new: object) -> Pairs:
    return [(n.replace(str(old), str(new)), v.replace(str(old), str(new))) for n, v in pairs]


@dataclass(frozen=True)
class Answer:
    """All of it that a reader can see, the statements that it took, and what it told others."""

    status: int
    headers: str
    text: str
    statements: tuple[tuple[str, Any], ...]
    pushed: tuple[tuple[int | None, str], ...] = ()  # member, what she is told

    def seen(self, *numbers: object) -> tuple[object, ...]:
        """All that a reader can see, but for the number that she asked for."""
        return self.status, same(self.headers, numbers), same(self.text, numbers)

    @property
    def in_clear(self) -> str:
        """Also what an address of a header, or a script's data, writes by signs of its own."""
        spelled = ESCAPED.sub(lambda found: chr(int(found[1], 16)), self.text)
        return f"{unquote(self.headers)}\n{spelled}"

    @property
    def shapes(self) -> tuple[str, ...]:
        return tuple(SAVEPOINT.sub("s", sql) for sql, _params in self.statements)

    @property
    def writes(self) -> list[tuple[str, Any]]:
        return [(sql, params) for sql, params in self.statements if WRITE.match(sql)]


def same(text: str, numbers: tuple[object, ...]) -> str:
    for number in numbers:
        text = text.replace(quote(str(number)), "#")
    return VOLATILE.sub("~", text)


class Statements:
    """Hears every statement on its way to the database."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Any]] = []

    def __call__(self, execute, sql, params, many, context):
        self.heard.append((str(sql), params))
        return execute(sql, params, many, context)


class ShortHandler(FewerSteps, ClientHandler):
    """The test client on the shortest way, like the server's own."""


class Voices:
    """The cast with their sessions and keys."""

    def __init__(self, town: Town) -> None:
        self.clients = {"anonymous": Client(SERVER_NAME="localhost", raise_request_exception=False)}
        self.clients |= {name: signed_in(user) for name, user in town.logins.items()}
        for name, secret in town.keys.items():
            self.clients[name] = Client(
                SERVER_NAME="localhost", raise_request_exception=False,
                headers={"Authorization": f"Bearer {secret}"},
            )  # fmt: skip
        self.handlers = (
            ClientHandler(enforce_csrf_checks=False),
            ShortHandler(enforce_csrf_checks=False),
        )
        for name in town.logins:  # whoever may see it is known at its door from then on
            self.clients[name].get(f"/vouchers/offers/{town.worlds[OWN].giveaway.pk}/")
        self.last_message = Message.objects.latest("pk").pk
        self.cookies = {
            name: client.cookies.output(header="") for name, client in self.clients.items()
        }

    def ask(self, name: str, sent: Sent) -> Answer:
        """All that can be heard; what was done is undone."""
        with undone():
            return heard(self.browser(name, short=sent.short), sent, self.last_message)

    def browser(self, name: str, *, short: bool = False) -> Client:
        """As if it asked for the first time: what the last answer put into it is gone."""
        client = self.clients[name]
        client.cookies = SimpleCookie()
        for line in self.cookies[name].splitlines():
            client.cookies.load(line.strip())
        client.handler = self.handlers[short]
        return client


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def heard(client: Client, sent: Sent, last: int) -> Answer:
    statements, (content, kind) = Statements(), sent.body()
    with connection.execute_wrapper(statements):
        response = client.generic(
            sent.method, sent.address, content, content_type=kind,
            headers={"accept": JSON} if sent.short else None,
        )  # fmt: skip
        text = text_of(response)
    headers = "\n".join(f"{name}: {value}" for name, value in sorted(response.headers.items()))
    headers += "\n" + response.cookies.output()
    told = any(TO_MANY in sql for sql, _params in statements.heard if WRITE.match(sql))
    pushed = tuple(messages_after(last)) if told else ()
    return Answer(response.status_code, headers, text, tuple(statements.heard), pushed)


def messages_after(last: int) -> Iterator[tuple[int | None, str]]:
    """What was told to people since the message ``last``."""
    for one in Message.objects.filter(pk__gt=last):
        yield one.member_id, one.context


def text_of(response: HttpResponseBase) -> str:
    """In clear, also what a workbook or an archive holds."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(
                archive.read(name).decode("utf-8", "replace") for name in archive.namelist()
            )
    text = content.decode("utf-8", errors="replace")
    if response.headers.get("Content-Type", "").startswith(JSON):
        text = json.dumps(json.loads(text), ensure_ascii=False, indent=0) if text else ""
    return text


def signed_in(user: User) -> Client:
    """With her second factor shown, should she need one."""
    client = Client(SERVER_NAME="localhost", raise_request_exception=False)
    client.force_login(user)
    session = client.session
    remember(session, user)
    session.save()
    return client


def as_pairs(values: Mapping[str, object]) -> Pairs:
    return [(name, str(value)) for name, value in values.items()]
