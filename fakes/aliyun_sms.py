"""Aliyun's text messages (Dysmsapi 2017-05-25): ``SendSms`` and ``QuerySendDetails``, signed by ACS3-HMAC-SHA256.

Source: help.aliyun.com, 短信服务 › SendSms, QuerySendDetails, API错误码; V3版本请求体&签名机制. The signature is computed
here from what came in, by none of the product's code. A nonce is good once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import re
import uuid
from collections import Counter
from dataclasses import dataclass
from urllib.parse import quote

from fakes.server import Answer, Asked, Fake, in_json

AUTHORIZATION = re.compile(
    r"ACS3-HMAC-SHA256 Credential=(?P<key>[^,]+),SignedHeaders=(?P<names>[^,]+),Signature=(?P<sum>[0-9a-f]{64})"
)
NUMBER = re.compile(r"1\d{10}")
CLOCKS_DIFFER = dt.timedelta(minutes=15)


@dataclass(frozen=True)
class Sent:
    """A text message on its way."""

    number: str
    sign: str
    template: str
    values: dict[str, str]
    out_id: str
    biz_id: str


class AliyunSms(Fake):
    """An account with one signature and its templates. ``refuse`` answers the next calls with these codes."""

    def __init__(self, key_id: str = "LTAIfake00000001", secret: str = "fake-secret") -> None:  # noqa: S107
        super().__init__()
        self.key_id, self.secret = key_id, secret
        self.sign_name = "职工之家"
        self.templates = {"SMS_100000001": {"code"}}
        self.sent: list[Sent] = []
        self.nonces: set[str] = set()
        self.per_number: Counter[str] = Counter()
        self.most_per_number = 5
        self.refuse: list[str] = []

    def routes(self) -> dict:
        """One address; the action stands in a header."""
        return {("POST", "/"): self.call, ("GET", "/"): self.call}

    def call(self, asked: Asked) -> Answer:
        """The signature first, then the action."""
        problem = self._signature_problem(asked)
        if problem:
            return _wrong(problem)
        action = asked.headers.get("x-acs-action")
        if asked.headers.get("x-acs-version") != "2017-05-25":
            return _wrong("InvalidVersion")
        if action == "QuerySendDetails":
            return self._details(asked.query)
        return (
            self._send(asked.query)
            if action == "SendSms"
            else _wrong("InvalidAction.NotFound", 404)
        )

    def _signature_problem(self, asked: Asked) -> str:
        found = AUTHORIZATION.fullmatch(asked.headers.get("authorization", ""))
        if not found:
            return "MissingAuthorization"
        if found["key"] != self.key_id:
            return "InvalidAccessKeyId.NotFound"
        names = found["names"].split(";")
        needed = {
            "host",
            "x-acs-action",
            "x-acs-version",
            "x-acs-date",
            "x-acs-signature-nonce",
            "x-acs-content-sha256",
        }
        body_sum = hashlib.sha256(asked.body).hexdigest()
        if needed - set(names) or asked.headers.get("x-acs-content-sha256") != body_sum:
            return "SignatureDoesNotMatch"
        told = "\n".join([
            asked.method, asked.path, _canonical(asked.query),
            "".join(f"{name}:{asked.headers[name].strip()}\n" for name in sorted(names)),
            ";".join(sorted(names)), body_sum,
        ])  # fmt: skip
        to_sign = f"ACS3-HMAC-SHA256\n{hashlib.sha256(told.encode()).hexdigest()}"
        right = hmac.new(self.secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(right, found["sum"]):
            return "SignatureDoesNotMatch"
        return self._time_problem(asked)

    def _time_problem(self, asked: Asked) -> str:
        at = dt.datetime.strptime(asked.headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(
            tzinfo=dt.UTC
        )
        if abs(dt.datetime.now(dt.UTC) - at) > CLOCKS_DIFFER:
            return "InvalidTimeStamp.Expired"
        nonce = asked.headers["x-acs-signature-nonce"]
        if nonce in self.nonces:
            return "SignatureNonceUsed"
        self.nonces.add(nonce)
        return ""

    def _send(self, query: dict[str, str]) -> Answer:
        code = self.refuse.pop(0) if self.refuse else self._refusal(query)
        if code:
            return in_json({"Code": code, "Message": code, "RequestId": _request_id()})
        number = query["PhoneNumbers"]
        self.per_number[number] += 1
        sent = Sent(
            number, query["SignName"], query["TemplateCode"], json.loads(query["TemplateParam"]),
            query.get("OutId", ""), f"{len(self.sent) + 900_000_000}^0",
        )  # fmt: skip
        self.sent.append(sent)
        return in_json(
            {"Code": "OK", "Message": "OK", "BizId": sent.biz_id, "RequestId": _request_id()}
        )

    def _refusal(self, query: dict[str, str]) -> str:
        if not NUMBER.fullmatch(query.get("PhoneNumbers", "")):
            return "isv.MOBILE_NUMBER_ILLEGAL"
        if query.get("SignName") != self.sign_name:
            return "isv.SMS_SIGNATURE_ILLEGAL"
        if query.get("TemplateCode") not in self.templates:
            return "isv.SMS_TEMPLATE_ILLEGAL"
        if self.templates[query["TemplateCode"]] - set(
            json.loads(query.get("TemplateParam") or "{}")
        ):
            return "isv.TEMPLATE_MISSING_PARAMETERS"
        too_many = self.per_number[query["PhoneNumbers"]] >= self.most_per_number
        return "isv.BUSINESS_LIMIT_CONTROL" if too_many else ""

    def _details(self, query: dict[str, str]) -> Answer:
        """What was sent to a number on a day."""
        rows = [
            {
                "OutId": one.out_id,
                "PhoneNum": one.number,
                "SendStatus": 3,
                "TemplateCode": one.template,
            }
            for one in self.sent
            if one.number == query.get("PhoneNumber")
        ]
        told = {
            "Code": "OK",
            "Message": "OK",
            "RequestId": _request_id(),
            "TotalCount": str(len(rows)),
        }
        return in_json(told | {"SmsSendDetailDTOs": {"SmsSendDetailDTO": rows}})


def _canonical(query: dict[str, str]) -> str:
    return "&".join(
        f"{quote(name, safe='~')}={quote(query[name], safe='~')}" for name in sorted(query)
    )


def _wrong(code: str, status: int = 400) -> Answer:
    told = {
        "Code": code,
        "Message": code,
        "RequestId": _request_id(),
        "HostId": "dysmsapi.aliyuncs.com",
    }
    return in_json(told, status)


def _request_id() -> str:
    return str(uuid.uuid4()).upper()
