"""Demands the English of every text; ``--write`` compiles what translators wrote.

The compiled files are committed, because whoever runs the product need not have gettext.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import polib

ROOT = Path(__file__).resolve().parent.parent
MESSAGES = Path("locale/en/LC_MESSAGES/django.po")


def main() -> None:
    """Exits 1 with the offenders."""
    written = polib.pofile(ROOT / MESSAGES)
    compiled = (ROOT / MESSAGES).with_suffix(".mo")
    if "--write" in sys.argv:
        compiled.write_bytes(written.to_binary())
    offenders = [
        *(f"without English: {entry.msgid}" for entry in written.untranslated_entries()),
        *(f"fuzzy: {entry.msgid}" for entry in written.fuzzy_entries()),
        *(
            f"not in {MESSAGES}: {msgid}"
            for msgid in sorted(extracted() - set(identities(written)))
        ),
    ]
    if not compiled.exists() or compiled.read_bytes() != written.to_binary():
        offenders.append("django.mo is older than django.po: bin/_translations.py --write")
    sys.exit("\n".join(offenders))


def extracted() -> set[str]:
    """What gettext finds in a copy of the sources."""
    with TemporaryDirectory() as folder:
        copy = Path(folder)
        shutil.copytree(ROOT / "unionhall", copy / "unionhall")
        (copy / "locale").mkdir()
        command = [sys.executable, "-m", "django", "makemessages", "-l", "en", "-v", "0"]
        subprocess.run(command, cwd=copy, check=True, env={"PATH": "/usr/bin:/bin"})  # noqa: S603
        return set(identities(polib.pofile(copy / MESSAGES)))


def identities(messages: polib.POFile) -> Iterator[str]:
    """Context and text of each entry in use."""
    for entry in messages:
        if not entry.obsolete:
            yield f"{entry.msgctxt} | {entry.msgid}" if entry.msgctxt else entry.msgid


if __name__ == "__main__":
    main()
