"""The demonstration's own parts: children, addresses, certificate, pages."""

from __future__ import annotations

import signal
import socket
import ssl
import sys
import time
from pathlib import Path

import pytest

from demo import certificate, processes
from demo.addresses import choose_front
from demo.memory import family, proportional_mb
from demo.pages import JourneyError, read
from demo.processes import ChildError
from demo.running import environment

SLEEPS = [sys.executable, "-c", "import time; print('hello', flush=True); time.sleep(600)"]
HAS_A_DEAF_CHILD = [
    sys.executable,
    "-c",
    "import signal, subprocess, sys\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "print(subprocess.Popen(['sleep', '600']).pid, flush=True)\n"
    "signal.pause()",
]
PAGE = """
<form id="quiz" method="post" action="/save/"><input type="hidden" name="seq" value="3">
<input type="radio" name="answer" id="a" value="A" checked><label for="a"><b>A</b>是</label>
<input type="radio" name="answer" id="b" value="B"><label for="b"><b>B</b>不是</label>
<select name="s"><option value="1">一</option><option value="2" selected>二</option></select>
<textarea name="t">原来的字</textarea><input name="off" value="x" disabled></form>
<button form="quiz" name="go" value="next">下一题</button><a href="/on/">走</a>
<script>var words = "不是字"</script>
"""


def wait_for(path: Path) -> str:
    deadline = time.monotonic() + 20
    while not (said := path.read_text()).endswith("\n"):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return said


def test_child_that_ends_is_named_with_its_last_words(tmp_path: Path) -> None:
    words = [sys.executable, "-c", "print('the reason'); raise SystemExit(3)"]
    child = processes.start("worker", words, tmp_path / "log")
    child.process.wait()
    with pytest.raises(ChildError, match=r"The worker ended with code 3\.(.|\n)*the reason"):
        processes.demand_alive(child)


def test_stopping_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "PATIENCE_S", 0.2)
    child = processes.start("worker", HAS_A_DEAF_CHILD, tmp_path / "log")
    below = int(wait_for(tmp_path / "log"))
    assert family([child.process.pid]) == {child.process.pid, below}
    processes.stop(child)
    assert child.process.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 20
    while Path(f"/proc/{below}").exists():
        if Path(f"/proc/{below}/stat").read_text().rsplit(") ", 1)[1][0] == "Z":
            break
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_memory_of_a_process_is_counted(tmp_path: Path) -> None:
    child = processes.start("worker", SLEEPS, tmp_path / "log")
    wait_for(tmp_path / "log")
    assert 1 < proportional_mb([child.process.pid]) < 100
    processes.stop(child)


def test_port_that_is_taken_is_said_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = listener.getsockname()[1]
        with pytest.raises(ChildError, match=rf"Port {taken} is taken on 127.0.0.1"):
            choose_front(None, taken)
    front = choose_front(None, None)
    assert front.urls == [f"http://localhost:{front.port}"]
    assert choose_front(None, None, https=True).urls[0].startswith("https://localhost:")


@pytest.mark.parametrize("https", [True, False])
def test_children_are_told_whether_it_is_https(tmp_path: Path, https: bool) -> None:
    told = environment(tmp_path, choose_front("127.0.0.1", None, https=https))
    assert told["UNIONHALL_HTTPS"] == str(int(https))


def test_certificate_is_good_for_its_names_and_kept(tmp_path: Path) -> None:
    certificate.ensure(tmp_path, ["localhost", "192.0.2.7"])
    first = certificate.chain(tmp_path).read_bytes()
    certificate.ensure(tmp_path, ["localhost", "192.0.2.7"])
    assert certificate.chain(tmp_path).read_bytes() == first
    certificate.ensure(tmp_path, ["localhost"])
    assert certificate.chain(tmp_path).read_bytes() != first
    assert certificate.key(tmp_path).stat().st_mode & 0o077 == 0
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain(tmp_path), certificate.key(tmp_path))


def test_page_is_read_as_a_browser_would() -> None:
    page = read("http://localhost/quiz/", 200, PAGE.encode(), "text/html; charset=utf-8")
    form = page.form("/save/", having="go")
    assert form.fields == {"seq": ["3"], "answer": ["A"], "s": ["2"], "t": ["原来的字"]}
    assert form.option("answer", "不是") == "B"
    assert page.link("/on/") == "/on/"
    assert page.must_say("下一题").path == "/quiz/"
    for missing in ("不是字", "没有的话"):
        with pytest.raises(JourneyError):
            page.must_say(missing)
    with pytest.raises(JourneyError, match="answers 200"):
        page.must_be(404)


def test_every_station_says_what_it_shows() -> None:
    from demo.stations import STATIONS

    assert all(station.__doc__ for station in STATIONS)
    assert len({(station.__module__, station.__name__) for station in STATIONS}) == len(STATIONS)
