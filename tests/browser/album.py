"""``python -m tests.browser.album``: ``docs/pages.md``, the pages beside those they were drawn after, and as they were before.

Needs the pictures of a run of ``test_pages.py`` with ``UNIONHALL_PICTURES=1``. ``--before`` keeps them as what the next
album compares with. Small on purpose: an album of a hundred and fifty pages in a repository.
"""

from __future__ import annotations

import sys
from typing import NamedTuple

from PIL import Image

from tests.browser.checks import PICTURES

ROOT = PICTURES.parents[1]
KEPT = ROOT / "docs/pictures/pages"
WIDTHS = {"390": 260, "1440": 520}
TALLEST = 3  # of the width: the rest of a long page says nothing new
QUALITY = 55
REFERENCES = {  # sight -> the page of the design it was drawn after
    "home": "member-home",
    "lecture-to-watch": "member-lecture",
    "question": "member-quiz",
    "result-won": "member-result-won",
    "result-late": "member-result-late",
    "result-failed": "member-result-fail",
    "vouchers": "member-coupons",
    "voucher": "member-coupon",
    "inbox": "member-inbox",
    "me": "member-me",
    "case": "member-case",
    "counter-good": "merchant-redeem-ok",
    "counter-used": "merchant-redeem-used",
    "counter-unknown": "merchant-redeem-wrong",
    "desk": "desk-overview",
    "desk-members": "desk-members",
    "desk-compose": "desk-campaign",
    "desk-live": "desk-rush",
    "desk-roll-sent-in": "desk-import",
    "desk-case": "desk-case",
}
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
    (ROOT / "docs/pages.md").write_text(page(shown), encoding="utf-8")
    return 0


def _shown() -> list[Shown]:
    names = sorted({file.stem.removesuffix("-390") for file in PICTURES.glob("*-390.png")})
    return [
        Shown(name, "1440" if name.startswith("desk") else "390")
        for name in names
        if (PICTURES / f"{name}-1440.png").exists()
    ]


def keep(one: Shown, file: object) -> None:
    """A small copy."""
    width = WIDTHS[one.mode]
    with Image.open(PICTURES / f"{one.name}-{one.mode}.png") as picture:
        whole = picture.convert("RGB")
        part = whole.crop((0, 0, whole.width, min(whole.height, whole.width * TALLEST)))
        small = part.resize((width, part.height * width // part.width), Image.Resampling.LANCZOS)
        small.save(str(file), quality=QUALITY, method=6)


def page(shown: list[Shown]) -> str:
    """The album, members' pages first."""
    lines = [HEAD]
    for title, mode in (("Members, shops and everybody", "390"), ("The desk", "1440")):
        lines += [f"## {title}\n", "| page | design | before | now |", "| --- | --- | --- | --- |"]
        lines += [_row(one) for one in shown if one.mode == mode]
        lines.append("")
    return "\n".join(lines)


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
