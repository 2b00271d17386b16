"""The forms of a page as a browser sees them: where they go, and what each field holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from tests.attacks.payloads import MARK

NOT_TYPED = {"checkbox", "radio", "submit", "button", "file", "image", "reset"}


@dataclass
class Form:
    """``fields`` in their first state; ``typed`` are those whose text the sender chooses, hidden ones too."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


class Reader(HTMLParser):
    """Reads forms, and whether anything that was planted became markup."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address, self.forms, self.markup = address, list[Form](), 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said: dict[str, Any] = dict(attrs)
        self.markup += MARK in said or any(name.startswith("on") for name in said)
        if tag == "form":
            place = urlsplit(urljoin(self.address, said.get("action") or self.address))
            action = place.path + (f"?{place.query}" if place.query else "")
            self.forms.append(Form((said.get("method") or "get").lower(), action))
        elif tag in {"input", "textarea", "select"} and self.forms and said.get("name"):
            self._note(self.forms[-1], said["name"], said.get("type") or tag, said.get("value"))

    @staticmethod
    def _note(form: Form, name: str, kind: str, value: str | None) -> None:
        if kind == "file":
            form.files.append(name)
        elif kind not in NOT_TYPED:
            form.fields[name] = value or ""
            if name != "csrfmiddlewaretoken" and name not in form.typed:
                form.typed.append(name)


def read(address: str, html: str) -> Reader:
    reader = Reader(address)
    reader.feed(html)
    return reader
