#!/usr/bin/env python3
"""Push a roll from a csv file to Unionhall, page by page, and print what is to be mended.

    UNIONHALL_KEY=uh_… python3 push_roll.py --server https://union.example.org roster.csv

Needs Python 3.9 and nothing else. The key comes from the environment, never from the command line,
where other people on the machine could read it. A run that was broken off, even by a power cut,
goes on where it was when it is started again: beside the file stands ``roster.csv.push``, which
says how far it is.

Ends with 0 when every row was accepted, 1 when rows are to be mended, 2 when it could not be sent.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import http.client
import io
import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROLLS = "/api/v1/members/desk/rolls/"
ROWS_A_PAGE = 500
TRIES, LONGEST_PAUSE_S = 8, 60
TOO_MANY, SERVERS_FAULT = 429, 500
HERE = {"localhost", "127.0.0.1", "::1"}


class Refused(Exception):  # noqa: N818 — a no is an answer
    """The server said no: its status, and the three parts of its reason."""

    def __init__(self, status: int, told: dict[str, Any]) -> None:
        parts = [told.get(part) for part in ("what", "why", "next")]
        super().__init__(" ".join(filter(None, parts)) or f"{status} {told}")
        self.code = told.get("code", "")


def main() -> int:
    asked = arguments()
    server = Server(asked.server, os.environ.get("UNIONHALL_KEY", ""))
    push = Push(server, asked.file, asked.name, asked.rows)
    try:
        push.send()
        roll = push.wait(asked.every)
    except (Refused, OSError, http.client.HTTPException, ValueError) as trouble:
        print(f"Not done: {trouble}", file=sys.stderr)
        return 2
    refused = print_report(server, roll)
    push.forget()
    return 1 if refused else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Push a roll to Unionhall.")
    parser.add_argument("file", type=Path, help="csv in UTF-8 or GB 18030, headings in line 1")
    parser.add_argument("--server", required=True, help="https://…")
    parser.add_argument("--name", default="", help="shown to the officer who confirms")
    parser.add_argument("--rows", type=int, default=ROWS_A_PAGE, help="a page, at most 1000")
    parser.add_argument("--every", type=float, default=3, help="seconds between two questions")
    return parser.parse_args()


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follow nobody elsewhere: the key would go along."""

    def redirect_request(self, *_: object) -> None:
        return None


class Server:
    """The few verbs of the API that a push needs."""

    def __init__(self, address: str, key: str) -> None:
        parts = urlsplit(address)
        if parts.scheme != "https" and parts.hostname not in HERE:
            sys.exit("Not sent: the address must begin with https://, else the key is readable.")
        if not key:
            sys.exit("Not sent: put the key into the environment variable UNIONHALL_KEY.")
        self.address = address.rstrip("/") + ROLLS
        self.key = key
        self.opener = urllib.request.build_opener(NoRedirect)

    def ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Ask until there is an answer: a lost line and a busy server are tried again."""
        for again in range(TRIES):
            try:
                return self._ask_once(path, body)
            except urllib.error.HTTPError as no:
                if no.code != TOO_MANY and no.code < SERVERS_FAULT:
                    raise Refused(no.code, _json(no.read())) from None
                trouble: Exception = no
                pause = float(no.headers.get("Retry-After") or 2**again)
            except (OSError, http.client.HTTPException) as lost:  # the answer, too, may be lost
                trouble, pause = lost, 2**again
            print(f"{trouble}; again in {min(pause, LONGEST_PAUSE_S):.0f} s", file=sys.stderr)
            time.sleep(min(pause, LONGEST_PAUSE_S))
        raise trouble

    def _ask_once(self, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        content = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.address + path, content, headers)  # noqa: S310 — https
        with self.opener.open(request, timeout=60) as answer:
            told: dict[str, Any] = json.loads(answer.read())
        return told


def _json(content: bytes) -> dict[str, Any]:
    """A proxy may answer with a page."""
    try:
        told: dict[str, Any] = json.loads(content)
    except ValueError:
        return {}
    return told


class Push:
    """One file on its way; after each page the note beside it says how far it is."""

    def __init__(self, server: Server, file: Path, name: str, rows_a_page: int) -> None:
        self.server = server
        self.content = file.read_bytes()
        self.name = name or file.stem
        self.rows_a_page = rows_a_page
        self.note = file.with_name(file.name + ".push")
        what = f"{server.address} {rows_a_page} {hashlib.sha256(self.content).hexdigest()}"
        self.begun: dict[str, Any] = {"what": what, "roll": None, "sent": 0}

    def send(self) -> None:
        """All pages, or those that are missing, and the end. Each may be said twice."""
        rows = read_csv(self.content)
        pages = [rows[at : at + self.rows_a_page] for at in range(0, len(rows), self.rows_a_page)]
        if not pages:
            raise ValueError("the file has no rows below its headings")
        if not self._goes_on():
            self._save(roll=self.server.ask("", {"name": self.name})["id"])
        roll = self.begun["roll"]
        for number, page in enumerate(pages, start=1):
            if number > self.begun["sent"]:
                self.server.ask(f"{roll}/pages/", {"number": number, "rows": page})
                self._save(sent=number)
                print(f"Page {number} of {len(pages)} sent.", flush=True)
        self.server.ask(f"{roll}/finish/", {"pages": len(pages)})

    def _goes_on(self) -> bool:
        """Whether an earlier run of this very file was broken off and can be gone on with."""
        noted = _json(self.note.read_bytes()) if self.note.exists() else {}
        if noted.get("what") != self.begun["what"]:
            return False
        try:
            self.server.ask(f"{noted['roll']}/")
        except Refused:  # given up meanwhile, after a day without a page
            return False
        self.begun = noted
        print(f"Going on after page {noted['sent']}.")
        return True

    def _save(self, **news: int) -> None:
        """Whole or not at all, whatever happens to the machine."""
        self.begun.update(news)
        new = self.note.with_name(self.note.name + ".new")
        new.write_text(json.dumps(self.begun))
        new.replace(self.note)

    def wait(self, every: float) -> dict[str, Any]:
        """The roll, once it is judged."""
        while True:
            roll: dict[str, Any] = self.server.ask(f"{self.begun['roll']}/")
            if roll["state"] not in {"open", "received"}:
                return roll
            time.sleep(every)

    def forget(self) -> None:
        """The next file begins anew."""
        self.note.unlink()


def read_csv(content: bytes) -> list[dict[str, str]]:
    """Everything as text: as numbers, long ID numbers would lose their last digits."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    return [
        {heading: cell or "" for heading, cell in row.items() if heading}
        for row in csv.DictReader(io.StringIO(text, newline=""))
    ]


def print_report(server: Server, roll: dict[str, Any]) -> int:
    """What became of the rows; the number of those that are to be mended."""
    if roll["state"] == "unreadable":
        print(f"The roll cannot be read: {roll['problem']}. Has it all its headings?")
        return 1
    verdicts = roll["counts"]["verdicts"]
    print(", ".join(f"{verdict}: {times}" for verdict, times in sorted(verdicts.items())))
    page, pages = 1, 1
    while page <= pages and verdicts.get("rejected"):
        told = server.ask(f"{roll['id']}/rows/?verdict=rejected&page={page}")
        for row in told["items"]:
            why = "; ".join(f"{one['code']} {one['what']}, {one['next']}" for one in row["reasons"])
            print(f"row {row['row']}: {why}")
        page, pages = page + 1, told["pages"]
    if roll["state"] == "checked":
        print("Nothing is imported yet: an officer of the union says yes at the desk.")
    return int(verdicts.get("rejected", 0))


if __name__ == "__main__":
    sys.exit(main())
