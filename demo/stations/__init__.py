"""The stations of the journey, in the order in which they are walked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.stations import (
    answering,
    composing,
    deciding,
    entering,
    matters,
    redeeming,
    roles,
    watching,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.journey import Journey

STATIONS: list[Callable[[Journey], str]] = [
    entering.without_consent,
    entering.wrong_code,
    entering.member,
    entering.by_wechat,
    entering.by_city,
    entering.stranger,
    entering.officers,
    watching.what_is_promised,
    watching.locked,
    watching.forged,
    watching.in_pieces,
    watching.watched,
    watching.read_instead,
    answering.start,
    answering.two_tabs,
    answering.all_right,
    answering.handed_in_twice,
    answering.not_enough,
    answering.second_try,
    answering.winners,
    redeeming.told,
    redeeming.shown,
    redeeming.another_shop,
    redeeming.redeemed,
    redeeming.second_time,
    redeeming.undone,
    redeeming.again,
    redeeming.total_of_the_day,
    composing.on_paper,
    composing.copied,
    composing.tried,
    composing.published,
    deciding.live,
    deciding.report,
    deciding.wrong_officer,
    deciding.review,
    deciding.interface,
    matters.joining,
    matters.correction,
    matters.transfer,
    roles.role_given,
    roles.role_taken,
]
