"""WeChat's official accounts, as far as signing in needs them.

Source: developers.weixin.qq.com, 公众号 › 网页授权 (``connect/oauth2/authorize``, ``sns/oauth2/access_token``,
``sns/userinfo``) and 全局返回码. A code is good once and for five minutes; ``unionid`` is told only when the account is
bound to an open platform; JSON comes as ``text/plain`` and in UTF-8.
"""

from __future__ import annotations

import html
import itertools
import secrets
import time
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from fakes.server import Answer, Asked, Fake, in_json, lead_to, page

CODE_LIVES_S, TOKEN_LIVES_S = 300, 7200
WORDS = {
    40001: "invalid credential, access_token is invalid or not latest",
    40013: "invalid appid",
    40029: "invalid code",
    40125: "invalid appsecret",
    40163: "code been used",
    41002: "appid missing",
    41004: "appsecret missing",
    41008: "missing code",
    42001: "access_token expired",
    45011: "api minute-quota reach limit, must slower, retry next minute",
}


@dataclass(frozen=True)
class Person:
    """Somebody with WeChat."""

    nickname: str
    unionid: str
    openid: str


CAST = (
    Person("小满🌾", "oUnion-fake-xiaoman-0001", "oOpen-fake-xiaoman-0001"),
    Person("白露", "oUnion-fake-bailu-0002", "oOpen-fake-bailu-0002"),
    Person("新来的", "oUnion-fake-newcomer-0003", "oOpen-fake-newcomer-0003"),
)


@dataclass
class _Code:
    person: Person
    scope: str
    made_at: float
    used: bool = False


class WeChat(Fake):
    """One official account. ``told_unionid=False``: not bound to an open platform."""

    def __init__(self, app_id: str = "wxfake0000000001", secret: str = "fake-secret") -> None:  # noqa: S107
        super().__init__()
        self.app_id, self.secret = app_id, secret
        self.codes: dict[str, _Code] = {}
        self.tokens: dict[str, tuple[Person, float]] = {}
        self.told_unionid = True
        self.minute_quota: int | None = None
        self._numbers = itertools.count(1)

    def routes(self) -> dict:
        """As WeChat's."""
        return {
            ("GET", "/connect/oauth2/authorize"): self.authorize,
            ("GET", "/choose"): self.chosen,
            ("GET", "/sns/oauth2/access_token"): self.access_token,
            ("GET", "/sns/userinfo"): self.userinfo,
        }

    def authorize(self, asked: Asked) -> Answer:
        """The page on which one agrees; here one also chooses whom to be."""
        back = asked.query.get("redirect_uri", "")
        fits = (
            asked.query.get("appid") == self.app_id and asked.query.get("response_type") == "code"
        )
        if not fits or asked.query.get("scope") not in {"snsapi_base", "snsapi_userinfo"}:
            return page("<h1>Scope 参数错误或没有 Scope 参数</h1>")
        if urlsplit(back).scheme not in {"http", "https"}:
            return page("<h1>redirect_uri 参数错误</h1>")
        kept = {
            "redirect_uri": back,
            "state": asked.query.get("state", ""),
            "scope": asked.query["scope"],
        }
        rows = "".join(
            f'<p><a href="/choose?{html.escape(urlencode({**kept, "who": nth}))}">{html.escape(one.nickname)}</a></p>'
            for nth, one in enumerate(CAST)
        )
        no = (
            f'<p><a href="/choose?{html.escape(urlencode({**kept, "who": "nobody"}))}">拒绝</a></p>'
        )
        return page(f"<h1>模拟的微信</h1><p>用谁的微信登录？</p>{rows}{no}")

    def chosen(self, asked: Asked) -> Answer:
        """Back to where one came from, with a code; who refuses is led back without one."""
        state, who = asked.query["state"], asked.query["who"]
        if who == "nobody":
            return lead_to(_with(asked.query["redirect_uri"], {"state": state}))
        code = self.code_for(CAST[int(who)], asked.query["scope"])
        return lead_to(_with(asked.query["redirect_uri"], {"code": code, "state": state}))

    def code_for(self, person: Person, scope: str = "snsapi_userinfo") -> str:
        """A new code, as the page gives it."""
        code = f"0{next(self._numbers):03}{secrets.token_hex(14)}"
        self.codes[code] = _Code(person, scope, time.monotonic())
        return code

    def access_token(self, asked: Asked) -> Answer:
        """A code is exchanged, once."""
        problem = self._problem_of(asked.query)
        if problem:
            return _refuse(problem)
        held = self.codes[asked.query["code"]]
        held.used = True
        token = secrets.token_urlsafe(40)
        self.tokens[token] = (held.person, time.monotonic())
        told = {
            "access_token": token,
            "expires_in": TOKEN_LIVES_S,
            "refresh_token": secrets.token_urlsafe(40),
            "openid": held.person.openid,
            "scope": held.scope,
        }
        if self.told_unionid and held.scope == "snsapi_userinfo":
            told["unionid"] = held.person.unionid
        return in_json(told, kind="text/plain")

    def _problem_of(self, query: dict[str, str]) -> int:  # noqa: PLR0911 - one line, one code
        if query.get("appid") != self.app_id:
            return 40013 if query.get("appid") else 41002
        if query.get("secret") != self.secret:
            return 40125 if query.get("secret") else 41004
        if not query.get("code"):
            return 41008
        if self.minute_quota is not None:
            self.minute_quota -= 1
            if self.minute_quota < 0:
                return 45011
        held = self.codes.get(query["code"])
        if held is None or query.get("grant_type") != "authorization_code":
            return 40029
        if held.used:
            return 40163
        return 42003 if time.monotonic() - held.made_at > CODE_LIVES_S else 0

    def userinfo(self, asked: Asked) -> Answer:
        """Name and unionid."""
        person, made_at = self.tokens.get(asked.query.get("access_token", ""), (None, 0.0))
        if person is None or person.openid != asked.query.get("openid"):
            return _refuse(40001)
        if time.monotonic() - made_at > TOKEN_LIVES_S:
            return _refuse(42001)
        told = {
            "openid": person.openid,
            "nickname": person.nickname,
            "sex": 0,
            "province": "",
            "city": "",
            "country": "",
            "headimgurl": "",
            "privilege": [],
        }
        return in_json(
            told | ({"unionid": person.unionid} if self.told_unionid else {}), kind="text/plain"
        )

    def expire_tokens(self) -> None:
        """As two hours later."""
        self.tokens = {key: (who, at - TOKEN_LIVES_S - 1) for key, (who, at) in self.tokens.items()}


def _with(address: str, more: dict[str, str]) -> str:
    parts = urlsplit(address)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *more.items()])
    return parts._replace(query=query).geturl()


def _refuse(code: int) -> Answer:
    told = {"errcode": code, "errmsg": f"{WORDS.get(code, 'code expired')}, rid: fake-0001"}
    return in_json(told, kind="text/plain")
