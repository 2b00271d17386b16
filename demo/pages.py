"""What a browser makes of an answer: words, links, and forms with what stands in them."""

from __future__ import annotations

import json
import urllib.parse
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

SILENT = {"script", "style", "template"}


class JourneyError(Exception):
    """The page was not what the journey says it is."""


@dataclass
class Option:
    """One thing to choose: what is sent, and what stands beside it."""

    value: str
    label: str = ""


@dataclass
class Form:
    """Where it goes, what stands in its fields, what they offer, and the buttons that submit it."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    options: dict[str, list[Option]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    @property
    def names(self) -> set[str]:
        """Of everything that one could fill in or press."""
        return {*self.fields, *self.options, *self.files, *(name for name, _ in self.buttons)}

    def option(self, name: str, label: str) -> str:
        """What is sent for the option with these words beside it; JourneyError if there is none."""
        for option in self.options.get(name, []):
            if label in option.label:
                return option.value
        raise JourneyError(f"{name} does not offer {label!r}: {self.options.get(name)}")


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

    def json(self) -> Any:  # noqa: ANN401 - whatever the API says
        """The body of an answer of the API."""
        return json.loads(self.body)

    def must_be(self, status: int) -> Page:
        """The page itself; JourneyError if the server answered otherwise."""
        if self.status != status:
            raise JourneyError(f"{self.path} answers {self.status}: {self.words[:300]}")
        return self

    def must_say(self, *sentences: str) -> Page:
        """The page itself; JourneyError if one of the sentences is not on it."""
        for sentence in sentences:
            if sentence not in self.words:
                here = self.words[:1000]
                raise JourneyError(f"{self.path} ({self.status}) lacks {sentence!r}: {here}")
        return self

    def form(self, part_of_action: str = "", *, having: str = "") -> Form:
        """The first form that goes there and has that field, or else JourneyError."""
        for form in self.forms:
            if part_of_action in form.action and (not having or having in form.names):
                return form
        raise JourneyError(f"{self.path} ({self.status}) has no form {part_of_action} {having}")

    def link(self, part: str) -> str:
        """The first link whose address contains it, or else JourneyError."""
        for link in self.links:
            if part in link:
                return link
        raise JourneyError(f"{self.path} ({self.status}) has no link to {part}: {self.links}")


def read(url: str, status: int, body: bytes, content_type: str) -> Page:
    """An answer as a page; what is no HTML has no forms."""
    reader = _Reader()
    if content_type.startswith("text/html"):
        reader.feed(body.decode(errors="replace"))
        reader.close()
    words = " ".join("".join(reader.words).split())
    return Page(url, status, body, reader.forms, reader.links, words)


class _Reader(HTMLParser):
    """Collects forms with what stands in them, links, and words."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.words: list[str] = []
        self._by_id: dict[str, Form] = {}
        self._options: dict[str, Option] = {}
        self._form: Form | None = None
        self._select = ""
        self._textarea = ""
        self._label: Option | None = None
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(held.get("action", ""), held.get("method", "get").lower())
            self.forms.append(self._form)
            self._by_id[held.get("id", "")] = self._form
        elif tag == "a" and "href" in held:
            self.links.append(held["href"])
        elif tag == "label":
            self._label = self._options.get(held.get("for", ""))
        elif tag in SILENT:
            self._silent += 1
        form = self._by_id.get(held["form"]) if "form" in held else self._form
        if form and "disabled" not in held:
            self._take(form, tag, held)

    def _take(self, form: Form, tag: str, held: dict[str, str]) -> None:
        name = held.get("name", "")
        if tag == "input":
            option = take_input(form, name, held)
            if option:
                self._options[held.get("id", "")] = option
        elif tag == "button" and held.get("type", "submit") == "submit":
            form.buttons.append((name, held.get("value", "")))
        elif tag == "select":
            self._select = name
            form.options[name] = []
        elif tag == "option" and self._select:
            self._label = Option(held.get("value", ""))
            form.options[self._select].append(self._label)
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
        elif tag in {"label", "option"}:
            self._label = None
        elif tag in SILENT:
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        if self._textarea and self._form:
            self._form.fields[self._textarea] = [self._form.fields[self._textarea][0] + data]
        elif not self._silent:
            self.words.append(data)
            if self._label:
                self._label.label += data


def take_input(form: Form, name: str, held: dict[str, str]) -> Option | None:
    """What a browser would send of an input that nobody has touched; its option if it is one."""
    kind, value = held.get("type", "text"), held.get("value", "")
    if kind in {"submit", "image"}:
        form.buttons.append((name, value))
    elif kind == "file":
        form.files.append(name)
    elif kind in {"checkbox", "radio"}:
        option = Option(value or "on")
        form.options.setdefault(name, []).append(option)
        if "checked" in held:
            form.fields.setdefault(name, []).append(option.value)
        return option
    elif name:
        form.fields.setdefault(name, []).append(value)
    return None
