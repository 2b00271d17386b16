"""Whether somebody on the roll may be the one whom a refused row names: asked more loosely than names are kept."""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property

from unionhall.people.members.rules.names import HAN, tidied_name

_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】")
_LOST = "?\ufffd\ue000-\uf8ff\U000f0000-\U0010ffff"  # by an encoding, or of somebody's own font
_NO_PART = re.compile(f"[^{HAN}{_LOST}a-z]")
_LOST_RUN = re.compile(f"[{_LOST}]+")


class Namesakes:
    """Names as rows write them; ``name in namesakes`` tells whether one of them may be meant.

    A character that was lost stands for any, or for none, as one may have become several marks.
    """

    def __init__(self) -> None:
        self._names = set[str]()
        self._damaged = set[str]()

    def add(self, written: str) -> None:
        """One name more, as it stands in the cell."""
        name = comparable(written)
        if _LOST_RUN.search(name):
            self._damaged.add(name)
        else:
            self._names.add(name)

    def __contains__(self, name: str) -> bool:
        wanted = comparable(name)
        return wanted in self._names or bool(self._any_damaged.fullmatch(wanted))

    @cached_property
    def _any_damaged(self) -> re.Pattern[str]:
        """Asked when all names are in. Of a name in which nothing is legible everybody would be meant."""
        legible = (name for name in self._damaged if _LOST_RUN.sub("", name))
        patterns = sorted(_LOST_RUN.sub(_any_characters, name) for name in legible)
        return re.compile("|".join(patterns) or "(?!)")


def comparable(name: str) -> str:
    """Without what differs between two spellings of one name.

    That is width, case, spaces, dots, what cannot be seen, forms of a character, remarks in brackets,
    and numbers behind it.
    """
    folded = unicodedata.normalize("NFKC", tidied_name(name)[0]).casefold()
    return _NO_PART.sub("", _BRACKETED.sub("", folded))


def _any_characters(lost: re.Match[str]) -> str:
    return f".{{0,{len(lost[0])}}}"
