"""Somebody with a browser that knows pages, forms and cookies, and nothing else."""

from __future__ import annotations

import http.cookiejar
import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
from typing import TYPE_CHECKING, Any

from demo.pages import read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from demo.pages import Form, Page

TIMEOUT_S = 30


class Visitor:
    """One person's browser, with its own cookies."""

    def __init__(self, base: str, *, language: str = "zh-hans") -> None:
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
                return read(answer.url, answer.status, answer.read(), kind_of(answer))
        except urllib.error.HTTPError as refusal:
            with refusal:
                return read(refusal.url, refusal.code, refusal.read(), kind_of(refusal))


def kind_of(answer: Any) -> str:  # noqa: ANN401 - an answer or an HTTPError, which differ in nothing here
    """The content type."""
    return str(answer.headers.get("Content-Type", ""))


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
