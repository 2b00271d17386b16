"""Sign in by WeChat, in a page inside of it: an official account's OAuth (snsapi_userinfo).

Source: developers.weixin.qq.com, 公众号 › 网页授权, 全局返回码. Bound on the unionid: an openid is another one in each account,
and a nickname is anybody's. An account that is bound to no open platform is told no unionid, and lets nobody in.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils.translation import gettext as _

from unionhall.base import outbound
from unionhall.people.accounts.login import base
from unionhall.people.accounts.login.base import Door, Errand, Outsider

logger = logging.getLogger(__name__)
ISSUER = "open.weixin.qq.com"
UNKNOWN = {40029, 41008, 42001, 42003}
SPENT, BUSY = 40163, 45011


class WeChat(Door):
    """``settings.WECHAT``: ``app_id`` and ``secret`` of the account; ``open_url`` and ``api_url`` of WeChat."""

    name = "wechat"

    def label(self) -> str:
        """The product's name here."""
        return _("微信")

    def is_open(self) -> bool:
        """With an account."""
        return bool(settings.WECHAT["app_id"])

    def leads_to(self, errand: Errand, back: str) -> str:
        """The page inside WeChat, not the one with a code to scan. It wants its parameters in this order."""
        asked = {
            "appid": settings.WECHAT["app_id"],
            "redirect_uri": back,
            "response_type": "code",
            "scope": "snsapi_userinfo",
            "state": errand.state,
        }
        query = urlencode(asked)
        return f"{settings.WECHAT['open_url']}/connect/oauth2/authorize?{query}#wechat_redirect"

    def who(self, errand: Errand, told: Mapping[str, str], back: str) -> Outsider:  # noqa: ARG002 - a door's face
        """By its code, which is good once."""
        given = self._ask(
            "oauth2/access_token",
            appid=settings.WECHAT["app_id"],
            secret=settings.WECHAT["secret"],
            code=told["code"],
            grant_type="authorization_code",
        )
        told_of_her = self._ask(
            "userinfo",
            access_token=str(given.get("access_token", "")),
            openid=str(given.get("openid", "")),
            lang="zh_CN",
        )
        unionid = str(told_of_her.get("unionid") or "")
        if not unionid or told_of_her.get("openid") != given.get("openid"):
            logger.error("WeChat tells no unionid: is the account bound to an open platform?")
            raise base.out_of_order(self.label())
        return Outsider(
            door=self.name,
            issuer=ISSUER,
            subject=unionid,
            other_id=str(given["openid"]),
            name=base.shown(told_of_her.get("nickname")),
        )

    def _ask(self, what: str, **asked: str) -> dict[str, Any]:
        try:
            answer = outbound.ask("GET", f"{settings.WECHAT['api_url']}/sns/{what}", params=asked)
            told = outbound.json_of(answer)
        except outbound.OutboundError as error:
            logger.warning("WeChat did not answer: %s", error)
            raise base.out_of_order(self.label()) from error
        code = told.get("errcode", 0)
        if code:
            self._refuse(code)
        return told

    def _refuse(self, code: int) -> None:
        if code == SPENT:
            raise base.code_is_spent(self.label())
        if code in UNKNOWN:
            raise base.code_is_unknown(self.label())
        if code == BUSY:
            raise base.too_busy(self.label())
        logger.error("WeChat refused us: %s", code)
        raise base.out_of_order(self.label())
