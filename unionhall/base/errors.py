"""The one error that a person is meant to read."""

from __future__ import annotations

from unionhall.base.log_lines import request_id


class Refused(Exception):  # noqa: N818 — a rule's "no" is an answer, not a fault
    """A rule says no.

    The text has up to three parts, always in this order: ``what`` happened, ``why`` in facts
    that the reader can check, and what can be done ``next``. ``code`` is for machines and
    never changes once it is published in the API.
    """

    code = "refused"

    def __init__(self, what: str, *, why: str = "", next: str = "", code: str = "") -> None:  # noqa: A002 — the reader's word
        super().__init__(what)
        self.what = what
        self.why = why
        self.next = next
        self.code = code or self.code

    def __str__(self) -> str:
        return " ".join(str(part) for part in (self.what, self.why, self.next) if part)


def as_json(refusal: Refused) -> dict[str, str]:
    """The shape of a refusal wherever JSON is spoken."""
    told = {
        "code": refusal.code,
        "what": str(refusal.what),
        "why": str(refusal.why),
        "next": str(refusal.next),
    }
    return told | numbered()


def numbered() -> dict[str, str]:
    """What every error says in JSON beside its code: the request's number in the log, if it has one."""
    number = request_id()
    return {"request_id": number} if number else {}
