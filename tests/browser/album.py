"""``python -m tests.browser.album``: ``docs/pages.md``, the pages beside those they were drawn after, and as they were before.

Needs the pictures of a run of ``test_pages.py`` with ``UNIONHALL_PICTURES=1``; those of ``test_first_hour.py`` go into the
guide of that name. ``--before`` keeps the pages as what the next album compares with. Small on purpose: an album of two hundred
pages in a repository.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image

from tests.browser.checks import PICTURES

if TYPE_CHECKING:
    from pathlib import Path

ROOT = PICTURES.parents[1]
KEPT = ROOT / "docs/pictures/pages"
WALK = ROOT / "docs/pictures/first-hour"
WALK_WIDTHS, WALK_TALLEST = {390: 300, 1440: 800}, {390: 2.2, 1440: 0.65}
WIDTHS = {"390": 260, "1440": 520}
TALLEST = 3  # of the width: the rest of a long page says nothing new
QUALITY = 55
REFERENCES = {  # sight -> the page of the design it was drawn after
    "home": "member-home",
    "home-elder": "member-home-elder",
    "lecture-to-watch": "member-lecture",
    "question": "member-quiz",
    "result-won": "member-result-won",
    "result-late": "member-result-late",
    "result-failed": "member-result-fail",
    "vouchers": "member-coupons",
    "voucher": "member-coupon",
    "inbox": "member-inbox",
    "me": "member-me",
    "correction": "member-case",
    "counter-good": "merchant-redeem-ok",
    "counter-used": "merchant-redeem-used",
    "counter-unknown": "merchant-redeem-wrong",
    "desk": "desk-overview",
    "desk-members": "desk-members",
    "desk-compose": "desk-campaign",
    "desk-live": "desk-rush",
    "desk-roll-sent-in": "desk-import",
    "desk-correction": "desk-case",
}
BEST = (
    "home",
    "result-late",
    "voucher",
    "desk",
)  # on the README, beside the composer of the first hour
BEST_FOLDER = ROOT / "docs/pictures/best"
HEAD = """# The pages

Every page of the product as its readers see it, beside the page of the design that it was drawn after, and as it was before
this release. Members' pages on a phone of 390 pixels, officers' on a screen of 1440; each is also looked at in 关怀版, dark
and English by `tests/browser/test_pages.py`. Made by `python -m tests.browser.album`.
"""


class Shown(NamedTuple):
    """A page in the album."""

    name: str
    mode: str  # of its picture


def main(words: list[str]) -> int:
    """The exit code."""
    shown = [*_shown()]
    if not shown:
        sys.exit(
            f"No pictures in {PICTURES}: run tests/browser/test_pages.py with UNIONHALL_PICTURES=1."
        )
    folder = KEPT / ("before" if words == ["--before"] else "now")
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.webp"):
        old.unlink()
    for one in shown:
        keep(one, folder / f"{one.name}.webp")
    keep_walk()
    keep_best()
    (ROOT / "docs/pages.md").write_text(page(shown), encoding="utf-8")
    return 0


def _shown() -> list[Shown]:
    names = sorted({file.stem.removesuffix("-390") for file in PICTURES.glob("*-390.png")})
    shown = [
        Shown(name, "1440" if name.startswith(("desk", "operator")) else "390")
        for name in names
        if (PICTURES / f"{name}-1440.png").exists()
    ]
    return sorted([*shown, Shown("home-elder", "390")]) if shown else []


def keep(one: Shown, file: object) -> None:
    """A small copy."""
    _small(picture_of(one), WIDTHS[one.mode], TALLEST, file)


def picture_of(one: Shown) -> Path:
    """As the browser took it."""
    elder = one.name.removesuffix("-elder")
    return PICTURES / (
        f"{one.name}-{one.mode}.png" if elder == one.name else f"{elder}-390-elder.png"
    )


def keep_best() -> None:
    """For the README: as large as the walk's, and no taller than a window."""
    BEST_FOLDER.mkdir(parents=True, exist_ok=True)
    for one in _shown():
        if one.name in BEST:
            window = int(one.mode)
            file = BEST_FOLDER / f"{one.name}.webp"
            _small(picture_of(one), WALK_WIDTHS[window], WALK_TALLEST[window], file)


def keep_walk() -> None:
    """Those of the first hour, larger: one reads what stands in them."""
    for picture in sorted(PICTURES.glob("first-hour-*.png")):
        WALK.mkdir(parents=True, exist_ok=True)
        with Image.open(picture) as opened:
            window = opened.width
        file = WALK / f"{picture.stem.removeprefix('first-hour-')}.webp"
        _small(picture, WALK_WIDTHS[window], WALK_TALLEST[window], file)


def _small(picture: Path, width: int, tallest: float, file: object) -> None:
    with Image.open(picture) as opened:
        whole = opened.convert("RGB")
    part = whole.crop((0, 0, whole.width, min(whole.height, int(whole.width * tallest))))
    small = part.resize((width, part.height * width // part.width), Image.Resampling.LANCZOS)
    small.save(str(file), quality=QUALITY, method=6)


def page(shown: list[Shown]) -> str:
    """The album, members' pages first."""
    lines = [HEAD]
    for title, mode in (("Members, shops and everybody", "390"), ("The desk", "1440")):
        lines += [f"## {title}\n", "| page | design | before | now |", "| --- | --- | --- | --- |"]
        lines += [_row(one) for one in shown if one.mode == mode]
        lines.append("")
    drawn = {file.stem for file in (KEPT / "reference").glob("*.webp")}
    waiting = sorted(drawn - set(REFERENCES.values()))
    lines += ["## Designed, and not built yet\n", "| page | design |", "| --- | --- |"]
    lines += [f"| {name} | {_picture('reference', name)} |" for name in waiting]
    return "\n".join([*lines, ""])


def _row(one: Shown) -> str:
    cells = [
        _picture("reference", REFERENCES.get(one.name, "")),
        _picture("before", one.name),
        _picture("now", one.name),
    ]
    return f"| {one.name} | {' | '.join(cells)} |"


def _picture(of: str, name: str) -> str:
    file = KEPT / of / f"{name}.webp"
    return f"![{name}, {of}]({file.relative_to(ROOT / 'docs')})" if file.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
