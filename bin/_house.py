"""What every script here does first: make the virtual environment whole, then go on inside it.

Standard library only, and syntax that a Python of long ago can read, so that it can be told that it
is too old.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
NAMES = ("python3.13", "python3.12", "python3.11", "python3")
PROBE = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
OLDEST, NEWEST_TRIED = (3, 11), (3, 13)


def become(kind: str, *words: str) -> None:
    """Install if need be, and go on as ``.venv/bin/python WORDS`` in the checkout."""
    install(kind)
    os.chdir(str(ROOT))
    os.execv(str(PYTHON), [str(PYTHON), *words])  # noqa: S606 - no shell wanted


def install(kind: str) -> None:
    """Install requirements/KIND.txt into .venv, unless the stamp there says it is done."""
    if is_installed(kind):
        return
    try:
        with (ROOT / ".venv.lock").open("w") as lock:
            fcntl.flock(
                lock, fcntl.LOCK_EX
            )  # two at once: the second waits, and then finds the work done
            if not is_installed(kind):
                make(kind)
    except OSError as error:
        sys.exit(f"Unionhall cannot be set up in {ROOT}: {error.strerror or error}.")


def is_installed(kind: str) -> bool:
    """Whether .venv holds what the lock file of today asks for."""
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return False
    return bool(stamp.get(kind) == digest(kind)) and os.access(str(PYTHON), os.X_OK)


def digest(kind: str) -> str:
    """The hash of one lock file."""
    return hashlib.sha256(lock_file(kind).read_bytes()).hexdigest()


def lock_file(kind: str) -> Path:
    """requirements/KIND.txt."""
    return ROOT / "requirements" / f"{kind}.txt"


def make(kind: str) -> None:
    """Install, and leave the stamp last: without it, a set-up was broken off and begins anew."""
    sys.stderr.write(f"Setting up .venv from requirements/{kind}.txt; this takes a minute ...\n")
    if not (STAMP.exists() and pip_works()):
        run([fitting_python(), "-m", "venv", "--clear", str(VENV)], "make .venv")
    else:
        STAMP.unlink()
    options = ["-qq", "--disable-pip-version-check", "--no-input", "--only-binary", ":all:"]
    words = [*options, "--require-hashes", "-r", str(lock_file(kind))]
    what = f"install the packages of requirements/{kind}.txt (is there a network?)"
    run([str(PYTHON), "-m", "pip", "install", *words], what)
    done = {name: digest(name) for name in ("run", "dev") if name in ("run", kind)}  # dev holds run
    part = STAMP.with_suffix(".part")
    part.write_text(json.dumps(done))
    part.replace(STAMP)


def pip_works() -> bool:
    """Whether .venv is alive; its Python may have been moved away."""
    return PYTHON.exists() and answer_of([str(PYTHON), "-m", "pip", "--version"]) != ""


def fitting_python() -> str:
    """A Python of a version that we try, else a newer one; or the end, with one sentence."""
    known = dict.fromkeys(name for name in (sys.executable, *map(shutil.which, NAMES)) if name)
    versions = {name: version_of(name) for name in known}
    for name, version in versions.items():
        if OLDEST <= version <= NEWEST_TRIED:
            return name
    for name, version in versions.items():
        if version > NEWEST_TRIED:
            return name
    here = sys.version_info[:2]
    number = "{}.{}".format(*here)
    lacks = f"this is {number}" if here < OLDEST else f"this {number} comes without venv"
    package = "python3.11-venv" if here < OLDEST else "python3-venv"
    return sys.exit(
        f"Unionhall needs Python 3.11 or newer with venv; {lacks}. On Debian: apt install {package}"
    )


def version_of(name: str) -> "tuple[int, ...]":
    """The version as a pair; (0, 0) if that Python does not run or has no venv."""
    return tuple(int(part) for part in (answer_of([name, "-c", PROBE]) or "0.0").split("."))


def answer_of(command: "list[str]") -> str:
    """What a command printed, or nothing if it failed."""
    try:
        ended = subprocess.run(  # noqa: S603 - our own words
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
        )
    except OSError:
        return ""
    return ended.stdout.decode().strip() if ended.returncode == 0 else ""


def run(command: "list[str]", purpose: str) -> None:
    """Run one step of the set-up, or end with one sentence and what the step said last."""
    step = subprocess.run(  # noqa: S603 - our own words
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=str(ROOT), check=False
    )
    if step.returncode != 0:
        said = step.stdout.decode(errors="replace").strip().splitlines()[-2:]
        sys.exit(f"Unionhall could not {purpose}: {' / '.join(said)}")
