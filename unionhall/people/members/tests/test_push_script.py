"""The howto's program against a live server: what it sends, and what it does when the line breaks."""

from __future__ import annotations

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

from unionhall.people.members import actions as members
from unionhall.people.members.models import RollImport, RollRow
from unionhall.people.members.tests.test_actions_rolls import a_person
from unionhall.people.programs import actions as programs

SCRIPT = settings.ROOT / "docs/howto/push_roll.py"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def file(tmp_path):
    rows = [a_person(n) for n in range(1, 12)] + [a_person(12, 证件号码="1"), a_person(1)]
    path = tmp_path / "名册.csv"
    with path.open("w", encoding="gb18030", newline="") as out:
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def issued(plant7, bo):
    return programs.issue_key(plant7, name="人事系统", by=bo)


@pytest.fixture
def worker():
    """Checks what was finished, as the worker does."""
    told = threading.Event()

    def work():
        while not told.wait(0.1):
            members.check_waiting_rolls()
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    told.set()
    thread.join()


def begin(server, secret, file, *said):
    environment = {"PATH": os.environ["PATH"], "UNIONHALL_KEY": secret, "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-I", SCRIPT, "--server", server, "--rows", "3", "--every", "0.1"]
    return subprocess.Popen(
        [*command, *said, str(file)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def run(*said):
    process = begin(*said)
    told, complained = process.communicate(timeout=60)
    return process.returncode, told, complained


class Cutter:
    """A line between program and server; ``cut`` says for each connection what becomes of it."""

    def __init__(self, server, cut):
        self.target, self.cut = urlsplit(server), cut
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        self.thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listening.close()

    def _serve(self):
        number = 0
        while True:
            try:
                near, _address = self.listening.accept()
            except OSError:
                return
            number += 1
            with near:
                request = self._read(near)  # whole, so that its sender may be killed now
                fate = self.cut(number)
                if fate != "lost":
                    self._carry(near, request, fate)

    def _carry(self, near, request, fate):
        with socket.create_connection((self.target.hostname, self.target.port)) as far:
            far.sendall(request.replace(b"Connection: keep-alive", b"Connection: close"))
            answer = b"".join(iter(lambda: far.recv(1 << 16), b""))
        if fate != "answer lost":
            near.sendall(answer)

    @staticmethod
    def _read(near):
        request = b""
        while b"\r\n\r\n" not in request and (more := near.recv(1 << 16)):
            request += more
        head, _gap, body = request.partition(b"\r\n\r\n")
        length = int([*head.lower().split(b"content-length: "), b"0"][1].split(b"\r\n")[0])
        while len(body) < length and (more := near.recv(1 << 16)):
            body += more
        return head + b"\r\n\r\n" + body


def test_it_pushes_waits_and_says_what_to_mend(live_server, issued, file, worker):
    status, told, complained = run(live_server.url, issued.secret, file)
    assert (status, complained) == (1, "")
    assert "accepted: 11, not_data: 1, rejected: 2" in told
    assert "row 13: ID_LENGTH 证件号码位数不对，对照证件补全" in told.replace(", ", "，")
    assert "row 14: DUP_IN_FILE" in told
    assert "an officer of the union says yes" in told
    assert not file.with_name("名册.csv.push").exists()
    assert RollImport.objects.get().key == issued.key


def test_a_line_that_breaks_costs_nothing(live_server, issued, file, worker):
    """Requests and answers are lost in turn; each page is there once."""
    fates = {2: "lost", 4: "answer lost", 6: "answer lost", 9: "answer lost"}
    with Cutter(live_server.url, lambda number: fates.get(number, "")) as line:
        status, told, complained = run(line.address, issued.secret, file)
    assert complained.count("again in 1 s") == len(fates)
    assert (status, told.count("sent.")) == (1, 5)
    assert RollRow.objects.filter(roll_import=RollImport.objects.get()).count() == 14


def test_a_program_that_is_killed_goes_on_where_it_was(live_server, issued, file, worker):
    """Killed while the third page's answer is under way: the page is there, and the note says two."""
    killed = threading.Event()

    def kill_at_the_third_page(number):
        if number == 4 and not killed.is_set():
            killed.set()
            process.send_signal(signal.SIGKILL)
            process.wait(timeout=30)
            return "answer lost"
        return ""

    with Cutter(live_server.url, kill_at_the_third_page) as line:
        process = begin(line.address, issued.secret, file)
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL
        note = json.loads(file.with_name("名册.csv.push").read_text())
        status, told, _complained = run(line.address, issued.secret, file)
    assert note["sent"] == 2
    assert "Going on after page 2." in told
    assert (status, told.count("sent.")) == (1, 3)
    assert RollRow.objects.filter(roll_import=RollImport.objects.get()).count() == 14


def test_a_changed_file_is_another_push(live_server, issued, file, worker):
    note = file.with_name("名册.csv.push")
    note.write_text(json.dumps({"what": "another", "roll": 1, "sent": 3}))
    assert run(live_server.url, issued.secret, file)[1].count("sent.") == 5


def test_a_push_that_was_given_up_is_begun_anew(live_server, issued, file, worker, bo):
    with Cutter(live_server.url, lambda number: "" if number < 4 else "lost") as line:
        process = begin(line.address, issued.secret, file)
        while "Page 2" not in process.stdout.readline():
            pass
        process.kill()
        process.communicate()
    members.discard_roll(RollImport.objects.get(), by=bo)
    note = file.with_name("名册.csv.push")
    note.write_text(note.read_text().replace(line.address, live_server.url))
    assert run(live_server.url, issued.secret, file)[1].count("sent.") == 5


def test_it_says_why_nothing_was_sent(live_server, issued, file, bo):
    assert run("http://union.example.org", issued.secret, file)[0] == 1
    assert "https" in run("http://union.example.org", issued.secret, file)[2]
    assert "UNIONHALL_KEY" in run(live_server.url, "", file)[2]
    programs.revoke_key(issued.key, by=bo)
    status, _told, complained = run(live_server.url, issued.secret, file)
    assert (status, "作废" in complained) == (2, True)
    file.write_text("姓名,证件号码\n")
    assert "no rows" in run(live_server.url, issued.secret, file)[2]
