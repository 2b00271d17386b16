"""The files of docs/howto/server: what can be checked of them here is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from demo import certificate
from unionhall.base.provisions import ROOT

FILES = ROOT / "docs/howto/server"
PROXY = (
    "from unionhall.site import settings as s; print(getattr(s, 'SECURE_PROXY_SSL_HEADER', None))"
)


def verified(unit: Path) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", "verify", "--man=no", str(unit)]
    return subprocess.run(command, capture_output=True, text=True)


def unit_at(folder: Path, text: str) -> Path:
    (folder / "unionhall-tried.service").write_text(text)
    return folder / "unionhall-tried.service"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_every_unit_is_understood_by_systemd(tmp_path: Path) -> None:
    names = sorted(path.name for path in FILES.glob("unionhall-*"))
    assert len(names) == 7
    for name in names:
        text = (FILES / name).read_text().replace("/opt/unionhall", str(ROOT))
        (tmp_path / name).write_text(text)
    for name in names:
        ended = verified(tmp_path / name)
        assert (ended.returncode, ended.stderr) == (0, ""), name
    control = unit_at(tmp_path, "[Service]\nExecStart=/nowhere/at/all\n")
    assert verified(control).returncode != 0


def nginx_says(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    """`nginx -t` on this file, as Debian's main configuration would include it."""
    certificate.ensure(folder, ["union.example.org"])
    for kept, made in (("fullchain", certificate.chain), ("privkey", certificate.key)):
        text = text.replace(f"/etc/ssl/unionhall/{kept}.pem", str(made(folder)))
    (folder / "unionhall.conf").write_text(text)
    main = f"pid {folder}/pid; events {{}} http {{ include {folder}/unionhall.conf; }}"
    (folder / "nginx.conf").write_text(main)
    command = ["nginx", "-t", "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.skipif(not shutil.which("nginx"), reason="needs nginx")
def test_nginx_understands_its_file(tmp_path: Path) -> None:
    text = (FILES / "nginx.conf").read_text()
    ended = nginx_says(tmp_path, text)
    assert ended.returncode == 0, ended.stderr
    for broken in (
        text.replace("shared:unionhall_tls", "shared:unionhall"),
        text.replace("limit_req zone=unionhall ", "limit_req zone=nowhere "),
    ):
        assert nginx_says(tmp_path, broken).returncode != 0


def test_every_variable_is_one_that_the_house_reads() -> None:
    lines = (FILES / "environment").read_text().splitlines()
    names = [line.partition("=")[0] for line in lines if line and not line.startswith("#")]
    house = "".join(
        (ROOT / name).read_text()
        for name in ("unionhall/site/settings.py", "unionhall/base/provisions.py")
    )
    assert len(names) >= 8
    assert [name for name in names if f'"{name}"' not in house] == []


@pytest.mark.parametrize(("proxies", "header"), [("1", "HTTP_X_FORWARDED_PROTO"), ("0", "None")])
def test_only_behind_a_proxy_is_it_believed_that_a_request_came_by_https(
    proxies: str, header: str
) -> None:
    told = {"UNIONHALL_PROXIES": proxies, "UNIONHALL_HTTPS": "1"}
    command = [sys.executable, "-c", PROXY]
    ended = subprocess.run(
        command, cwd=ROOT, env=os.environ | told, capture_output=True, text=True, check=True
    )
    assert header in ended.stdout
