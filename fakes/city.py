"""A city's identity provider: OpenID Connect with a code, PKCE (S256 alone) and a nonce.

Sources: OpenID Connect Core 1.0, Discovery 1.0; RFC 6749 §5.2, RFC 7636, RFC 9207. A code is good once; ID tokens are
signed by RS256 with a key that is made at the start.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import secrets
import time
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from fakes.server import Answer, Asked, Fake, in_json, lead_to, page

CODE_LIVES_S = 60


@dataclass(frozen=True)
class Citizen:
    """Somebody the city knows."""

    sub: str
    name: str
    phone: str
    verified: bool = True


CAST = (
    Citizen("city-0001", "周白露", "+86 19900000031"),
    Citizen("city-0002", "何立夏", "+86 19900000032", verified=False),
    Citizen("city-0003", "谷小满", ""),
)


@dataclass
class _Code:
    citizen: Citizen
    asked: dict[str, str]
    made_at: float
    used: bool = False


class City(Fake):
    """One client. ``claims`` changes what its ID tokens say, ``key`` what they are signed with: for attacks."""

    def __init__(self, client_id: str = "unionhall", secret: str = "fake/secret+") -> None:  # noqa: S107
        super().__init__()
        self.client_id, self.secret = client_id, secret
        self.key = self.signing = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.claims: dict[str, object] = {}
        self.codes: dict[str, _Code] = {}
        self.tokens: dict[str, Citizen] = {}

    def routes(self) -> dict:
        """As its description says."""
        return {
            ("GET", "/.well-known/openid-configuration"): self.description,
            ("GET", "/authorize"): self.authorize,
            ("GET", "/choose"): self.chosen,
            ("POST", "/token"): self.token,
            ("GET", "/jwks"): self.jwks,
            ("GET", "/userinfo"): self.userinfo,
        }

    def description(self, _asked: Asked) -> Answer:
        """Where everything is."""
        told = {"issuer": self.url, "code_challenge_methods_supported": ["S256"]}
        places = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        told |= {f"{name}_endpoint": f"{self.url}/{path}" for name, path in places.items()}
        return in_json(told | {"jwks_uri": f"{self.url}/jwks"})

    def authorize(self, asked: Asked) -> Answer:
        """The page on which one chooses whom to be."""
        query = asked.query
        lacking = [
            one
            for one in ("state", "nonce", "code_challenge", "redirect_uri")
            if not query.get(one)
        ]
        if (
            lacking
            or query.get("client_id") != self.client_id
            or query.get("response_type") != "code"
        ):
            return page("<h1>invalid_request</h1>")
        if (
            query.get("code_challenge_method") != "S256"
            or "openid" not in query.get("scope", "").split()
        ):
            return page("<h1>invalid_request</h1>")
        rows = "".join(
            f'<p><a href="/choose?{html.escape(urlencode({**query, "who": nth}))}">{one.name}</a></p>'
            for nth, one in enumerate(CAST)
        )
        return page(f"<h1>模拟的城市身份</h1><p>你是谁？</p>{rows}")

    def chosen(self, asked: Asked) -> Answer:
        """Back with a code."""
        code = self.code_for(CAST[int(asked.query["who"])], asked.query)
        return lead_to(
            _with(asked.query["redirect_uri"], code=code, state=asked.query["state"], iss=self.url)
        )

    def code_for(self, citizen: Citizen, asked: dict[str, str]) -> str:
        """A new code, bound to what was asked."""
        code = secrets.token_urlsafe(24)
        self.codes[code] = _Code(citizen, asked, time.monotonic())
        return code

    def token(self, asked: Asked) -> Answer:
        """The code for tokens."""
        given = base64.b64decode(
            asked.headers.get("authorization", "").removeprefix("Basic ") or "Og=="
        )
        name, _colon, secret = given.decode().partition(":")
        if (unquote(name), unquote(secret)) != (self.client_id, self.secret):
            return in_json({"error": "invalid_client"}, 401)
        held = self.codes.get(asked.form.get("code", ""))
        if held is None or held.used or not _fits(held, asked.form):
            return in_json({"error": "invalid_grant"}, 400)
        held.used = True
        token = secrets.token_urlsafe(24)
        self.tokens[token] = held.citizen
        now = int(time.time())
        claims = {
            "iss": self.url, "sub": held.citizen.sub, "aud": self.client_id, "iat": now, "exp": now + 300,
            "nonce": held.asked["nonce"], "name": held.citizen.name,
        }  # fmt: skip
        id_token = jwt.encode(claims | self.claims, self.signing, "RS256", headers={"kid": "one"})
        return in_json(
            {"access_token": token, "token_type": "Bearer", "expires_in": 300, "id_token": id_token}
        )

    def jwks(self, _asked: Asked) -> Answer:
        """The public half of its key."""
        told = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return in_json({"keys": [told | {"kid": "one", "use": "sig", "alg": "RS256"}]})

    def userinfo(self, asked: Asked) -> Answer:
        """Name and phone."""
        citizen = self.tokens.get(asked.headers.get("authorization", "").removeprefix("Bearer "))
        if citizen is None:
            return in_json({"error": "invalid_token"}, 401)
        told: dict[str, object] = {"sub": citizen.sub, "name": citizen.name}
        if citizen.phone:
            told |= {"phone_number": citizen.phone, "phone_number_verified": citizen.verified}
        return in_json(told)


def _fits(held: _Code, form: dict[str, str]) -> bool:
    challenge = base64.urlsafe_b64encode(
        hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    )
    return (
        challenge.rstrip(b"=").decode() == held.asked["code_challenge"]
        and form.get("redirect_uri") == held.asked["redirect_uri"]
        and form.get("grant_type") == "authorization_code"
        and time.monotonic() - held.made_at < CODE_LIVES_S
    )


def _with(address: str, **more: str) -> str:
    parts = urlsplit(address)
    query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), *more.items()])
    return parts._replace(query=query).geturl()
