from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from django.utils.translation import gettext as _

from unionhall.base.errors import Refused

MOST_NAME = 80


@dataclass(frozen=True)
class Errand:
    """What a browser takes along to somebody else's page, and is held to when it comes back."""

    state: str
    nonce: str
    verifier: str  # RFC 7636: 43 to 128 signs

    @classmethod
    def new(cls) -> Errand:
        """Nobody can guess it; WeChat lets a state be letters and digits."""
        return cls(secrets.token_hex(24), secrets.token_hex(24), secrets.token_urlsafe(48))


@dataclass(frozen=True)
class Outsider:
    """Somebody, by the word of somebody else: ``issuer`` and ``subject`` say who, for ever; nothing else does."""

    door: str
    issuer: str
    subject: str
    other_id: str = ""  # by which messages reach her: WeChat's openid
    name: str = ""  # as she calls herself there: to be shown to her, of no other use
    phone: str = ""  # eleven digits, only where the issuer vouches for them

    def to_text(self) -> str:
        """As it is kept, sealed, until she has proved a phone."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> Outsider:
        """The reverse."""
        return cls(**json.loads(text))


class Door:
    """Verbs of a way in that is somebody else's."""

    name: str  # in addresses and rows

    def label(self) -> str:
        """What its button says it is."""
        raise NotImplementedError

    def is_open(self) -> bool:
        """Whether it is set up here."""
        raise NotImplementedError

    def leads_to(self, errand: Errand, back: str) -> str:
        """The address of its page, which leads to ``back`` with a code."""
        raise NotImplementedError

    def who(self, errand: Errand, told: Mapping[str, str], back: str) -> Outsider:
        """Who came back with the query ``told``, by asking the issuer. Never inside a transaction.

        Raises ``Refused``, each no in three parts.
        """
        raise NotImplementedError


def shown(name: object) -> str:
    """A name of elsewhere: what can be seen of it, as long as a column holds."""
    seen = "".join(sign for sign in str(name or "") if sign.isprintable())
    return " ".join(seen.split())[:MOST_NAME]


# == What is said when it does not work ==


def code_is_spent(label: str) -> Refused:
    """A code that was used before, or by somebody quicker."""
    return Refused(
        _("没有登录：这次授权已经用过了。"),
        why=_("{door}的授权只能用一次，这一个用过了。刷新页面，或者按了返回，就会这样。").format(
            door=label
        ),
        next=_("回到登录页，再点一次按钮。"),
        code="code_spent",
    )


def code_is_unknown(label: str) -> Refused:
    """A code that the issuer did not give, or gave too long ago."""
    return Refused(
        _("没有登录：这次授权作废了。"),
        why=_("{door}说不认得这个授权，或者它过了 5 分钟。").format(door=label),
        next=_("回到登录页，再点一次按钮。"),
        code="code_unknown",
    )


def too_busy(label: str) -> Refused:
    """The issuer asks for patience."""
    return Refused(
        _("现在不能用{door}登录。").format(door=label),
        why=_("这一分钟里登录的人太多，{door}让等一等。").format(door=label),
        next=_("一分钟后再点一次，或者用手机号登录。"),
        code="door_busy",
    )


def out_of_order(label: str) -> Refused:
    """The issuer cannot be reached, answers nonsense, or refuses us."""
    return Refused(
        _("现在不能用{door}登录。").format(door=label),
        why=_("我们和{door}之间没有接通，不是你的号码有问题。").format(door=label),
        next=_("先用手机号登录。一直这样，请告诉工会办公室。"),
        code="door_out_of_order",
    )
