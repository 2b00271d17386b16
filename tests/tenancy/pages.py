"""What a page offers to send: its forms, and its links that ask for something."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

from tests.tenancy.asking import Pairs, Sent

TYPED = {
    "number": "1",
    "date": "2026-11-20",
    "datetime-local": "2026-12-20T09:00",
    "tel": "19900001234",
}
NOT_SENT = {"csrfmiddlewaretoken"}


@dataclass
class Form:
    """What would be sent; of a choice that nobody made, its first."""

    action: str
    method: str
    values: Pairs = field(default_factory=list)

    def sent(self) -> Sent:
        where = urlsplit(self.action)
        asked = parse_qsl(where.query)
        if self.method == "GET":
            return Sent("GET", where.path, query=self.values)
        return Sent("POST", where.path, query=asked, form=self.values)


class Page(HTMLParser):
    """Its forms and its links, as the address of the page makes them."""

    def __init__(self, address: str, text: str) -> None:
        super().__init__()
        self.address, self.forms, self.links = address, [], set[str]()
        self.form: Form | None = None
        self.select, self.options = "", Pairs()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        said = {name: value or "" for name, value in attrs}
        for name in ("href", "hx-get"):
            if urlsplit(said.get(name, "")).query:
                self.links.add(urljoin(self.address, said[name]))
        if tag == "form":
            action = urljoin(
                self.address, said.get("action") or said.get("hx-post") or self.address
            )
            self.form = Form(action, said.get("method", "get").upper())
            self.forms.append(self.form)
        elif self.form is not None:
            self._field(tag, said, self.form)

    def _field(self, tag, said, form):
        name = said.get("name", "")
        if name in NOT_SENT or not (name or tag == "option" or "formaction" in said):
            return
        if tag == "select":
            self.select, self.options = name, []
        elif tag == "option" and self.select:
            self.options.append(("selected" if "selected" in said else "", said.get("value", "")))
        elif tag == "textarea":
            form.values.append((name, "说明"))
        elif tag == "button":
            form.values.append((name, said.get("value", "")))
            if "formaction" in said:  # the same fields, sent elsewhere
                self.forms.append(
                    Form(urljoin(self.address, said["formaction"]), "POST", form.values)
                )
        elif tag == "input" and said.get("type") != "file":
            self._input(name, said, form)

    def _input(self, name, said, form):
        kind = said.get("type", "text")
        if kind == "radio" and any(name == one for one, _value in form.values):
            return
        typed = "on" if kind in {"radio", "checkbox"} else TYPED.get(kind, "")
        if not typed and "required" in said:
            typed = "说明"
        form.values.append((name, said.get("value") or typed))

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "select" and self.select and self.form is not None:
            self.form.values.append((self.select, self._chosen()))
            self.select = ""

    def _chosen(self) -> str:
        filled = [(mark, value) for mark, value in self.options if value]
        marked = [value for mark, value in filled if mark]
        return (marked or [value for _mark, value in filled] or [""])[0]
