"""What a message says: templates named by its topic, so that a correction of wording is no change of code."""

from __future__ import annotations

from html import unescape

from django.conf import settings
from django.template import Context, engines
from django.template.backends.django import Template
from django.utils import translation
from django.utils.html import strip_tags
from django.utils.safestring import SafeString

from unionhall.kernel.notify import rules
from unionhall.kernel.notify.models import Message

INBOX, SMS = "inbox.html", "sms.txt"


def demand(topic: str, kind: str) -> None:
    """Raise ``TemplateDoesNotExist`` now, not when the message is long on its way."""
    _template(topic, kind)


def in_inbox(message: Message) -> SafeString:
    """The inner HTML of its place in the inbox, in the language of the page around it."""
    return _template(message.topic, INBOX).template.render(Context(_context(message)))


def as_plain(message: Message) -> str:
    """The same without its marks, on one line."""
    return _plain(in_inbox(message))


def title_and_rest(message: Message) -> tuple[str, str]:
    """The same in two: what stands out at its beginning, and the rest; all is title if nothing does."""
    title, _end, rest = in_inbox(message).partition("</strong>")
    return _plain(title), _plain(rest)


def _plain(marked: str) -> str:
    return " ".join(unescape(strip_tags(marked)).split())


def as_text(message: Message) -> str:
    """One line of plain text, in the language of the recipient."""
    with translation.override(_language_of(message)):
        words = _template(message.topic, SMS).template.render(
            Context(_context(message), autoescape=False)
        )
    return " ".join(words.split())


def leads_to(message: Message) -> str:
    """The path of the page that it is about; empty when it is about none."""
    url = str(_context(message).get("url", ""))
    return url if url.startswith("/") and not url.startswith("//") else ""


def values_of(message: Message) -> dict[str, object]:
    """What fills its templates."""
    return _context(message)


def _template(topic: str, kind: str) -> Template:
    template = engines["django"].get_template(f"{topic}.{kind}")
    assert isinstance(template, Template)  # noqa: S101 — for the type checker
    return template


def _context(message: Message) -> dict[str, object]:
    return rules.from_text(message.context)


def _language_of(message: Message) -> str:
    user = message.member.user if message.member else None
    return (user.language if user else "") or settings.LANGUAGE_CODE
