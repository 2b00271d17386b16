"""Who plays in the demonstration, and how they sign in. Made-up people, numbers that belong to nobody."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

TOTP_SECRET = "UNIONHALLDEMOSECRETONLYX"  # noqa: S105 — known to all on purpose: it guards made-up people
DISTRICT, TOWN, OTHER_TOWN = "云桥区总工会", "云桥区柳泉镇总工会", "云桥区石河镇总工会"
PLANT, OTHER_PLANT = "沐霁家具有限责任公司工会", "石河瀚琮仓储有限公司工会委员会"


@dataclass(frozen=True)
class Player:
    """One of the cast: ``part`` is a word for programs, ``role`` a sentence for people."""

    part: str
    name: str
    phone: str
    role: object
    has_totp: bool = False


PLAYERS = [
    Player(
        "member", "苏惊蛰", "19900990001", _("会员，沐霁家具有限责任公司工会：看讲座、答题、拿券")
    ),
    Player("elder", "林清明", "19900990002", _("同一个工会的老会员，用关怀版")),
    Player("stranger", "陈小满", "19900990003", _("另一个镇的会员：看不到柳泉镇的任何东西")),
    Player(
        "officer", "周白露", "19900990004", _("柳泉镇总工会干事：办讲座、看结果"), has_totp=True
    ),
    Player(
        "other_officer", "蔡谷雨", "19900990005", _("石河镇总工会干事：管不到柳泉镇"), has_totp=True
    ),
    Player("clerk", "丁霜降", "19900990006", _("云杉面包坊店员：核销")),
    Player("manager", "于立冬", "19900990007", _("云杉面包坊店长：能撤销核销")),
    Player("cinema", "白小雪", "19900990008", _("星河影院店员：另一家店")),
    Player("newcomer", "秦小满", "19900990010", _("快递员，没有单位：申请入会")),
    Player("operator", "何大寒", "19900990009", _("运维人员"), has_totp=True),
]


def player(part: str) -> Player:
    """The one who plays ``part``; ``KeyError`` when nobody does."""
    return {one.part: one for one in PLAYERS}[part]
