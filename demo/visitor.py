"""Somebody with a browser that knows pages, forms and cookies, and nothing else."""

from __future__ import annotations

import http.cookiejar
import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT_S = 30


class JourneyError(Exception):
    """The page was not what the journey says it is."""


@dataclass
class Form:
    """Where it goes, what stands in its fields, and the buttons that submit it."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Page:
    """An answer."""

    url: str
    status: int
    body: bytes
    forms: list[Form]
    links: list[str]
    words: str

    @property
    def path(self) -> str:
        """Without scheme and host."""
        return urllib.parse.urlsplit(self.url).path

    def json(self) -> object:
        """The body of an answer of the API."""
        return json.loads(self.body)

    def must_say(self, *sentences: str) -> Page:
        """The page itself; JourneyError if one of the sentences is not on it."""
        for sentence in sentences:
            if sentence not in self.words:
                raise JourneyError(f"{self.path} ({self.status}) does not say {sentence!r}")
        return self

    def form(self, part_of_action: str = "", *, having: str = "") -> Form:
        """The first form that goes there and has that field, or else JourneyError."""
        for form in self.forms:
            names = {*form.fields, *form.choices, *form.files, *(name for name, _ in form.buttons)}
            if part_of_action in form.action and (not having or having in names):
                return form
        raise JourneyError(f"{self.path} ({self.status}) has no form {part_of_action} {having}")

    def link(self, part: str) -> str:
        """The first link whose address contains it, or else JourneyError."""
        for link in self.links:
            if part in link:
                return link
        raise JourneyError(f"{self.path} ({self.status}) has no link to {part}")


class Visitor:
    """One person's browser: its own cookies, and a name for the report."""

    def __init__(self, name: str, base: str, *, language: str = "zh-hans") -> None:
        self.name = name
        self.base = base
        self.language = language
        self.cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies)
        )

    def get(self, path: str, **headers: str) -> Page:
        """Follows redirects, as browsers do."""
        return self._open(path, None, headers)

    def submit(
        self,
        page: Page,
        form: Form,
        values: Mapping[str, object] | None = None,
        *,
        button: str = "",
        files: Mapping[str, tuple[str, bytes]] | None = None,
    ) -> Page:
        """Fills in what is named, leaves the rest as it stands, and presses the button."""
        fields = {name: list(held) for name, held in form.fields.items()}
        for name, value in (values or {}).items():
            fields[name] = [str(v) for v in value] if isinstance(value, list) else [str(value)]
        for name, value in form.buttons:
            if name and button in {name, value}:
                fields[name] = [value]
        target = urllib.parse.urljoin(page.url, form.action or page.url)
        if form.method == "get":
            query = urllib.parse.urlencode(fields, doseq=True)
            return self._open(f"{target.partition('?')[0]}?{query}", None, {})
        return self._send(target, page.url, fields, files)

    def post_json(self, path: str, content: object) -> Page:
        """To the API: the token of the cookie goes along in a header."""
        headers = {"Content-Type": "application/json", "X-CSRFToken": self.cookie("csrftoken")}
        return self._open(path, json.dumps(content).encode(), headers)

    def post(self, path: str, referer: Page, **fields: str) -> Page:
        """What a script of a page would send."""
        held = {name: [value] for name, value in fields.items()}
        held["csrfmiddlewaretoken"] = [self.cookie("csrftoken")]
        return self._send(urllib.parse.urljoin(self.base, path), referer.url, held, None)

    def cookie(self, name: str) -> str:
        """Its value, or nothing."""
        return next((c.value or "" for c in self.cookies if c.name == name), "")

    def _send(
        self,
        target: str,
        referer: str,
        fields: Mapping[str, list[str]],
        files: Mapping[str, tuple[str, bytes]] | None,
    ) -> Page:
        if files:
            body, kind = multipart(fields, files)
        else:
            body = urllib.parse.urlencode(fields, doseq=True).encode()
            kind = "application/x-www-form-urlencoded"
        return self._open(target, body, {"Content-Type": kind, "Referer": referer})

    def _open(self, path: str, body: bytes | None, headers: Mapping[str, str]) -> Page:
        url = urllib.parse.urljoin(self.base, path)
        spoken = {"Accept-Language": self.language, "User-Agent": "unionhall-journey"}
        request = urllib.request.Request(url, body, spoken | dict(headers))  # noqa: S310 - our own
        try:
            with self._opener.open(request, timeout=TIMEOUT_S) as answer:
                return read(answer.url, answer.status, answer.read())
        except urllib.error.HTTPError as refusal:
            with refusal:
                return read(refusal.url, refusal.code, refusal.read())


def multipart(
    fields: Mapping[str, list[str]], files: Mapping[str, tuple[str, bytes]]
) -> tuple[bytes, str]:
    """Body and content type of RFC 7578."""
    border = uuid.uuid4().hex
    parts: list[bytes] = []
    for name, values in fields.items():
        for value in values:
            head = f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
            parts.append(head.encode() + value.encode() + b"\r\n")
    for name, (file_name, content) in files.items():
        head = (
            f'--{border}\r\nContent-Disposition: form-data; name="{name}"; filename="{file_name}"'
            "\r\nContent-Type: application/octet-stream\r\n\r\n"
        )
        parts.append(head.encode() + content + b"\r\n")
    return b"".join(parts) + f"--{border}--\r\n".encode(), f"multipart/form-data; boundary={border}"


def read(url: str, status: int, body: bytes) -> Page:
    """An answer as a page; what is no HTML has no forms."""
    reader = _Reader()
    reader.feed(body.decode(errors="replace"))
    reader.close()
    words = " ".join(" ".join(reader.words).split())
    return Page(url, status, body, reader.forms, reader.links, words)


class _Reader(HTMLParser):
    """Collects forms with what stands in them, links, and words."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self._by_id: dict[str, Form] = {}
        self._form: Form | None = None
        self._select = ""
        self._textarea = ""
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(held.get("action", ""), held.get("method", "get").lower())
            self.forms.append(self._form)
            self._by_id[held.get("id", "")] = self._form
        elif tag == "a" and "href" in held:
            self.links.append(held["href"])
        elif tag in {"script", "style", "template"}:
            self._silent += 1
        form = self._by_id.get(held["form"]) if "form" in held else self._form
        if form and "disabled" not in held:
            self._take(form, tag, held)

    def _take(self, form: Form, tag: str, held: dict[str, str]) -> None:
        name = held.get("name", "")
        if tag == "input":
            take_input(form, name, held)
        elif tag == "button" and held.get("type", "submit") == "submit":
            form.buttons.append((name, held.get("value", "")))
        elif tag == "select":
            self._select = name
            form.choices[name] = []
        elif tag == "option" and self._select:
            form.choices[self._select].append(held.get("value", ""))
            if "selected" in held or self._select not in form.fields:
                form.fields[self._select] = [held.get("value", "")]
        elif tag == "textarea":
            self._textarea = name
            form.fields[name] = [""]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""
        elif tag in {"script", "style", "template"}:
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        if self._textarea and self._form:
            self._form.fields[self._textarea] = [self._form.fields[self._textarea][0] + data]
        elif not self._silent:
            self.words.append(data)


def take_input(form: Form, name: str, held: dict[str, str]) -> None:
    """What a browser would send of an input that nobody has touched, and what it offers."""
    kind, value = held.get("type", "text"), held.get("value", "")
    if kind in {"submit", "image"}:
        form.buttons.append((name, value))
    elif kind == "file":
        form.files.append(name)
    elif kind in {"checkbox", "radio"}:
        form.choices.setdefault(name, []).append(value or "on")
        if "checked" in held:
            form.fields.setdefault(name, []).append(value or "on")
    elif name:
        form.fields.setdefault(name, []).append(value)
