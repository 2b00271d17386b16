"""Aliyun sends our text messages (Dysmsapi 2017-05-25), signed by ACS3-HMAC-SHA256.

Source: help.aliyun.com, 短信服务 › SendSms, QuerySendDetails, and V3版本请求体&签名机制. It sends what was registered with it
beforehand: ``settings.SMS_TEMPLATES`` names the template of each topic.

Aliyun knows no key against repeats. It refuses a nonce that it has seen, so the key of a message is its first nonce:
whoever calls again under that key is refused and asks what was sent to the number that day under the key (``OutId``).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import logging
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.utils import timezone

from unionhall.base import outbound
from unionhall.kernel.notify.channels.base import Undeliverable
from unionhall.kernel.notify.sms.base import TIMEOUT_S, Vendor

logger = logging.getLogger(__name__)
VERSION = "2017-05-25"
NO_BODY = hashlib.sha256(b"").hexdigest()
# Of no use to try again: the number is none, or its owner wants nothing from us.
NEVER = {"isv.MOBILE_NUMBER_ILLEGAL", "isv.BLACK_KEY_CONTROL_LIMIT", "isv.DENY_IP_RANGE"}
SEEN = "SignatureNonceUsed"
MOST_DETAILS = "50"
NEEDED = ("url", "key_id", "secret", "sign")


class AliyunError(Exception):
    """It refused, for now; the code of the vendor is the message."""


class Aliyun(Vendor):
    """Account, signature and templates stand in ``settings.ALIYUN_SMS``."""

    def send(self, number: str, text: str, *, key: uuid.UUID) -> str:  # noqa: ARG002 - a vendor's face
        """Never a free text."""
        raise Undeliverable("no template")

    def send_filled(
        self, number: str, text: str, *, key: uuid.UUID, topic: str, values: Mapping[str, object]
    ) -> str:
        """By the template of the topic. Raises ``Undeliverable``, ``AliyunError``, ``OutboundError``."""
        template = settings.SMS_TEMPLATES.get(topic)
        if not template:
            return self.send(number, text, key=key)
        asked = {
            "PhoneNumbers": number,
            "SignName": settings.ALIYUN_SMS["sign"],
            "TemplateCode": template,
            "TemplateParam": json.dumps(_plain(values), ensure_ascii=False),
            "OutId": key.hex,
        }
        told = _call("SendSms", asked, nonce=key.hex)
        if told.get("Code") == SEEN:
            if _was_sent(number, key):
                return f"aliyun:{key.hex}"
            told = _call("SendSms", asked, nonce=uuid.uuid4().hex)
        return _reference(told)

    def problems(self) -> list[str]:
        """What is not said yet."""
        said = settings.ALIYUN_SMS
        lacking = [
            f"UNIONHALL_ALIYUN_{name.upper()} is not set." for name in NEEDED if not said[name]
        ]
        if "accounts/sign_in_code" not in settings.SMS_TEMPLATES:
            lacking.append("UNIONHALL_ALIYUN_TEMPLATES names no template of accounts/sign_in_code.")
        return lacking


def _plain(values: Mapping[str, object]) -> dict[str, str]:
    return {name: str(one) for name, one in values.items() if isinstance(one, str | int)}


def _reference(told: dict[str, Any]) -> str:
    code = str(told.get("Code", ""))
    if code == "OK":
        return f"aliyun:{told.get('BizId', '')}"
    if code in NEVER:
        raise Undeliverable(code)
    logger.warning("aliyun refused a text message: %s", code)
    raise AliyunError(code)


def _was_sent(number: str, key: uuid.UUID) -> bool:
    """Whether one of the messages of today to this number is the one of this key."""
    day = timezone.localtime().strftime("%Y%m%d")
    asked = {"PhoneNumber": number, "SendDate": day, "PageSize": MOST_DETAILS, "CurrentPage": "1"}
    told = _call("QuerySendDetails", asked, nonce=uuid.uuid4().hex)
    rows = told.get("SmsSendDetailDTOs", {}).get("SmsSendDetailDTO", [])
    return any(row.get("OutId") == key.hex for row in rows)


def _call(action: str, asked: Mapping[str, str], *, nonce: str) -> dict[str, Any]:
    url = settings.ALIYUN_SMS["url"]
    headers = {
        "host": urlsplit(url).netloc,
        "x-acs-action": action,
        "x-acs-content-sha256": NO_BODY,
        "x-acs-date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "x-acs-signature-nonce": nonce,
        "x-acs-version": VERSION,
    }
    query = "&".join(f"{_quoted(name)}={_quoted(asked[name])}" for name in sorted(asked))
    headers["Authorization"] = signature(query, headers)
    answer = outbound.ask("POST", f"{url}/?{query}", headers=headers, timeout_s=TIMEOUT_S / 3)
    return outbound.json_of(answer)


def signature(query: str, headers: Mapping[str, str]) -> str:
    """The header that proves who asks; ``headers`` are all that are signed, their names in small letters."""
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in sorted(headers))
    told = "\n".join(["POST", "/", query, lines, names, NO_BODY])
    to_sign = f"ACS3-HMAC-SHA256\n{hashlib.sha256(told.encode()).hexdigest()}"
    secret = settings.ALIYUN_SMS["secret"].encode()
    made = hmac.new(secret, to_sign.encode(), hashlib.sha256).hexdigest()
    credential = settings.ALIYUN_SMS["key_id"]
    return f"ACS3-HMAC-SHA256 Credential={credential},SignedHeaders={names},Signature={made}"


def _quoted(text: str) -> str:
    """RFC 3986: all but letters, digits and ``-_.~``."""
    return quote(text, safe="~")
