"""Request keys, as Stripe's contract has them (https://docs.stripe.com/api/idempotent_requests)."""

from __future__ import annotations

import hashlib
import re
import secrets

from django.utils.translation import gettext as _

from unionhall.base.errors import Refused

KEY = re.compile(r"[!-~]{1,64}")  # visible ASCII, as a header can carry it


def new_key() -> str:
    """For a form: 128 random bits."""
    return secrets.token_urlsafe(16)


def deed_of(name: str, *said: str) -> str:
    """What is asked, so short that it can be kept: SHA-256 of the deed's name and of all that was said with it."""
    return hashlib.sha256("\x00".join([name, *said]).encode("utf-8", "replace")).hexdigest()


class KeyMiswritten(Refused):
    """No key at all: too long, or with characters that a header cannot carry."""

    code = "key_miswritten"

    def __init__(self) -> None:
        super().__init__(
            _("没办成。"), why=_("这次请求的编号不合规矩。"), next=_("刷新这一页，再点一次。")
        )


class KeyReused(Refused):
    """The key stands for another deed."""

    code = "key_reused"

    def __init__(self) -> None:
        super().__init__(
            _("没办成。"),
            why=_("这个请求编号办过另一件事，不能再用。"),
            next=_("刷新这一页，再点一次。"),
        )


class StillRunning(Refused):
    """The twin of this request has not been decided yet."""

    code = "still_running"

    def __init__(self) -> None:
        super().__init__(
            _("还在办。"), why=_("同一次点击的请求还没有结果。"), next=_("过一秒再问一次。")
        )


class TooManyKeys(Refused):
    """This caller's keys of the last days are more than anybody needs; those that are known are still answered."""

    code = "too_many_keys"

    def __init__(self) -> None:
        super().__init__(
            _("没办成。"),
            why=_("你这几天发来的请求太多了，先停一停。"),
            next=_("已经办成的都还在，刷新就能看到。没办的，过三天再试；急着办，请到工会办公室。"),
        )
