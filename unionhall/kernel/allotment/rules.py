"""What is decided about values: voucher numbers, windows, lots, and the refusals in words."""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import secrets
import unicodedata
from collections.abc import Iterable

from django.utils import dateformat, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from unionhall.base.errors import Refused

# == Numbers ==
# Crockford's base 32 (https://www.crockford.com/base32.html): no I, L, O, U to misread.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MISREAD = str.maketrans("OIL", "011")
RANDOM_CHARACTERS = 14  # 70 bits
CHECK_CHARACTERS = 2
LENGTH = RANDOM_CHARACTERS + CHECK_CHARACTERS
LONGEST_TYPED = 4 * LENGTH  # with all blanks and hyphens; folding what is longer might take minutes
CHECK_MODULUS = (
    1021  # the largest prime below 32²: finds each wrong character and each swapped pair
)


def new_number() -> str:
    """An unguessable number of 16 characters, the last two of them for checking."""
    body = "".join(secrets.choice(ALPHABET) for _nth in range(RANDOM_CHARACTERS))
    return body + _check(body)


def normal_number(text: str) -> str:
    """What was typed or scanned, as it would be stored: small letters, blanks, hyphens, full width and O for 0."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST_TYPED]).upper().translate(MISREAD)
    return "".join(character for character in plain if character not in " -\t\r\n‐–—")


def number_is_well_formed(text: str) -> bool:
    """Whether ``text`` could be a number at all, by its length, alphabet and check characters."""
    number = normal_number(text)
    if len(number) != LENGTH or not set(number) <= set(ALPHABET):
        return False
    return number.endswith(_check(number[:RANDOM_CHARACTERS]))


def in_groups(number: str) -> str:
    """As it is shown and read aloud: ``7K2M-90QX-4TRB-E5ZC``."""
    return "-".join(number[start : start + 4] for start in range(0, len(number), 4))


def _check(body: str) -> str:
    value = 0
    for character in body:
        value = value * len(ALPHABET) + ALPHABET.index(character)
    high, low = divmod(value % CHECK_MODULUS, len(ALPHABET))
    return ALPHABET[high] + ALPHABET[low]


# == Windows ==
def is_open(
    moment: dt.datetime, opens_at: dt.datetime | None, closes_at: dt.datetime | None
) -> bool:
    """From ``opens_at`` on, and before ``closes_at``; ``None`` leaves that side open."""
    return (opens_at is None or opens_at <= moment) and (closes_at is None or moment < closes_at)


# == Slices ==
def shares_of(capacity: int, slices: int) -> list[int]:
    """``capacity`` cut into so many parts, as even as whole things can be."""
    whole, rest = divmod(capacity, slices)
    return [whole + (nth < rest) for nth in range(slices)]


def slice_of(place: int, slices: int) -> int:
    """Which slice gave this place: the places of a slice are every ``slices``-th one."""
    return (place - 1) % slices


def demand_strict(slices: int) -> None:
    """What gives many at once, or changes the size, knows no slices: a programmer's mistake, not a member's."""
    if slices:
        raise ValueError("A sliced pool keeps its size, and is claimed one by one.")


# == Lots ==
def new_seed() -> str:
    """256 random bits in hexadecimal; kept secret until the lots are drawn."""
    return secrets.token_hex(32)


def commitment_to(seed: str) -> str:
    """What is published beforehand, so that the seed cannot be chosen afterwards."""
    return hashlib.sha256(seed.encode()).hexdigest()


def lot_of(seed: str, member_id: int) -> str:
    """A member's lot: anybody who knows the published seed and her own id can work it out."""
    return hashlib.sha256(f"{seed}|{member_id}".encode()).hexdigest()


def drawn_order(seed: str, member_ids: Iterable[int]) -> list[int]:
    """The smallest lot comes first; in which order the members were given makes no difference."""
    return sorted(set(member_ids), key=lambda member_id: lot_of(seed, member_id))


def fingerprint_of(member_ids: Iterable[int]) -> str:
    """SHA-256 over the sorted ids of all who took part: nobody is added or dropped afterwards."""
    return hashlib.sha256(",".join(map(str, sorted(set(member_ids)))).encode()).hexdigest()


# == Refusals ==
class SoldOut(Refused):
    """All have been given out: ``capacity`` of them, the last one at ``last_place_at`` (None: there never was one)."""

    code = "sold_out"

    def __init__(self, *, capacity: int, last_place_at: dt.datetime | None) -> None:
        self.capacity = capacity
        self.last_place_at = last_place_at
        why = (
            _("一共 %(capacity)s 份，最后一份在 %(at)s 发出。")
            % {"capacity": capacity, "at": to_the_second(last_place_at)}
            if last_place_at
            else ""
        )
        super().__init__(_("发完了。"), why=why, next=_("有人退回时会再放出来。"))


class NotOpen(Refused):
    """Outside of the window, by the server's clock at the moment of decision."""

    code = "not_open"

    def __init__(
        self, *, opens_at: dt.datetime | None, closes_at: dt.datetime | None, moment: dt.datetime
    ) -> None:
        self.opens_at = opens_at
        self.closes_at = closes_at
        self.moment = moment
        if opens_at and moment < opens_at:
            what, fact, at = _("还没开始。"), _("%(at)s 开始。"), opens_at
        else:
            what, fact, at = _("已经截止了。"), _("截止时间是 %(at)s。"), closes_at or moment
        super().__init__(what, why=fact % {"at": to_the_second(at)})


class NotForYou(Refused):
    """She is not among those whom it is for; ``audience`` says in words who is."""

    code = "not_for_you"

    def __init__(self, *, audience: str) -> None:
        super().__init__(
            _("这一份不是发给你的。"),
            why=_("发放对象：%(audience)s。") % {"audience": audience},
            next=_("如果你的资料不对，请工会干事改正。"),
        )


class AlreadyHeld(Refused):
    """One per member over several pools, and she has one of another pool: ``label``."""

    code = "already_held"

    def __init__(self, *, label: str) -> None:
        self.label = label
        super().__init__(
            _("每人限一份，你已经有了。"), why=_("你领到的是：%(label)s。") % {"label": label}
        )


class NotUsable(Refused):
    """The claim is not in a state for this; ``state`` and ``at`` say which it is, and since when."""

    code = "not_usable"

    def __init__(self, *, state: str, at: dt.datetime | None = None) -> None:
        self.state = state
        self.at = at
        what = {
            "held": _("这一份还没用过。"),
            "used": _("这一份已经用过了。"),
            "released": _("这一份已经退回了。"),
            "expired": _("这一份过期了。"),
        }[state]
        super().__init__(
            what,
            why=_("时间：%(at)s。") % {"at": to_the_second(at)} if at else "",
            code=f"claim_{state}",
        )


class TooSmall(Refused):
    """A pool cannot become smaller than what has been taken of it."""

    code = "too_small"

    def __init__(self, *, asked: int, taken: int) -> None:
        self.asked = asked
        self.taken = taken
        super().__init__(
            _("没改：数量不能少于已经发出的。"),
            why=ngettext(
                "已经发出 %(taken)s 份，你填的是 %(asked)s 份。",
                "已经发出 %(taken)s 份，你填的是 %(asked)s 份。",
                taken,
            )
            % {"taken": taken, "asked": asked},
            next=_("填 %(taken)s 或更多。") % {"taken": taken},
        )


class PoolChanged(Refused):
    """While many were being given out at once, somebody else took one or the size changed."""

    code = "pool_changed"

    def __init__(self) -> None:
        super().__init__(_("没发：数量刚刚变了。"), next=_("再点一次，会按新的数量来发。"))


def to_the_second(at: dt.datetime | None) -> str:
    """``11 月 22 日 10:04:17`` in the local time zone."""
    return _written(at, _("n 月 j 日 H:i:s")) if at else ""  # as Django's "date" filter reads it


@functools.lru_cache(maxsize=1000)
def _written(at: dt.datetime, shape: str) -> str:
    """In a rush thousands are told the same moment."""
    return dateformat.format(timezone.localtime(at), shape)
