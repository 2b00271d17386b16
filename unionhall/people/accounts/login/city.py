"""A city's own identity: OpenID Connect with a code, PKCE and a nonce.

Sources: OpenID Connect Core 1.0 (§3.1.2, §3.1.3.7, §5.1, §5.3), Discovery 1.0 (§4), RFC 7636 (S256), RFC 9207 (``iss``).
Bound on issuer and ``sub``. A phone counts where the issuer says that it was verified.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import jwt
from django.conf import settings

from unionhall.base import outbound
from unionhall.base.lately import Lately
from unionhall.base.phones import read_phone
from unionhall.people.accounts.login import base
from unionhall.people.accounts.login.base import Door, Errand, Outsider

logger = logging.getLogger(__name__)
KNOWN_FOR_S = 600.0
CLOCKS_DIFFER_S = 60
ALGORITHMS = ["RS256", "PS256", "ES256"]  # never "none", never a shared secret
WHERE = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class DoorError(Exception):
    """The issuer said something that it must not."""


class City(Door):
    """``settings.CITY``: ``issuer``, ``client_id``, ``secret`` and the ``name`` on the button."""

    name = "city"

    def label(self) -> str:
        """As the operator calls it."""
        return settings.CITY["name"]

    def is_open(self) -> bool:
        """With an issuer."""
        return bool(settings.CITY["issuer"])

    def leads_to(self, errand: Errand, back: str) -> str:
        """Its page. Raises ``Refused`` when it cannot be found out where that is."""
        challenge = hashlib.sha256(errand.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": settings.CITY["client_id"],
            "redirect_uri": back,
            "scope": "openid profile phone",
            "state": errand.state,
            "nonce": errand.nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        try:
            return f"{found()['authorization_endpoint']}?{urlencode(asked)}"
        except (outbound.OutboundError, DoorError) as error:
            raise self._broken(error) from error

    def who(self, errand: Errand, told: Mapping[str, str], back: str) -> Outsider:
        """By its code, and an ID token that bears our nonce."""
        try:
            _demand_same_issuer(told)
            given = _exchange(errand, told["code"], back)
            if given.get("error") == "invalid_grant":
                raise base.code_is_unknown(self.label())
            claims = _checked(str(given.get("id_token", "")), errand.nonce)
            claims |= _asked_for(str(given.get("access_token", "")), claims["sub"])
        except (outbound.OutboundError, DoorError, jwt.PyJWTError, KeyError) as error:
            raise self._broken(error) from error
        vouched = claims.get("phone_number_verified") is True
        return Outsider(
            door=self.name,
            issuer=settings.CITY["issuer"],
            subject=str(claims["sub"]),
            name=base.shown(claims.get("name")),
            phone=read_phone(str(claims.get("phone_number", ""))).value or "" if vouched else "",
        )

    def _broken(self, error: Exception) -> Exception:
        logger.warning("the city's identity: %s %s", type(error).__name__, error)
        return base.out_of_order(self.label())


def _demand_same_issuer(told: Mapping[str, str]) -> None:
    """RFC 9207: who answers says who it is, where it can."""
    if told.get("iss", settings.CITY["issuer"]) != settings.CITY["issuer"]:
        raise DoorError("another issuer answers")


def found() -> dict[str, Any]:
    """Its own description, ten minutes old at most."""
    return _lately(settings.CITY["issuer"]) or {}


def _discover(issuer: str) -> dict[str, Any]:
    address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    told = outbound.json_of(outbound.ask("GET", address))
    if told.get("issuer") != issuer or any(not told.get(one) for one in WHERE):
        raise DoorError("it describes another issuer")
    return told


_lately: Lately[str, dict[str, Any]] = Lately(_discover, age_s=KNOWN_FOR_S, most=4)


def _exchange(errand: Errand, code: str, back: str) -> dict[str, Any]:
    """The code for tokens; our secret goes as a header (RFC 6749 §2.3.1)."""
    pair = ":".join(quote(settings.CITY[one], safe="") for one in ("client_id", "secret"))
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "code_verifier": errand.verifier,
    }
    headers = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    answer = outbound.ask("POST", found()["token_endpoint"], form=form, headers=headers)
    return outbound.json_of(answer)


def _checked(id_token: str, nonce: str) -> dict[str, Any]:
    """The claims of an ID token for us, for this errand, of now. Raises ``PyJWTError``, ``DoorError``."""
    header = jwt.get_unverified_header(id_token)
    keys = outbound.json_of(outbound.ask("GET", found()["jwks_uri"])).get("keys", [])
    fitting = [
        one for one in keys if one.get("kid") == header.get("kid") and one.get("use") != "enc"
    ]
    if not fitting:
        raise DoorError("an unknown key")
    claims: dict[str, Any] = jwt.decode(
        id_token,
        jwt.PyJWK(fitting[0]),
        algorithms=ALGORITHMS,
        audience=settings.CITY["client_id"],
        issuer=settings.CITY["issuer"],
        leeway=CLOCKS_DIFFER_S,
        options={"require": ["exp", "iat", "iss", "aud", "sub"]},
    )
    if claims.get("azp", settings.CITY["client_id"]) != settings.CITY["client_id"]:
        raise DoorError("for somebody else")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise DoorError("for another errand")
    return claims


def _asked_for(access_token: str, subject: str) -> dict[str, Any]:
    """What else it says of her; of nobody else (§5.3.2)."""
    address = found().get("userinfo_endpoint")
    if not address or not access_token:
        return {}
    headers = {"Authorization": f"Bearer {access_token}"}
    told = outbound.json_of(outbound.ask("GET", address, headers=headers))
    if told.get("sub") != subject:
        raise DoorError("of somebody else")
    return {
        name: told[name]
        for name in ("name", "phone_number", "phone_number_verified")
        if name in told
    }
