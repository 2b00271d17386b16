"""What somebody looks for, kept out of addresses: a form sends it, and it stands sealed in the address that the form leads to.

Addresses stand in logs, histories and on screens that others see; phones and ID numbers do not belong there. The sealed
address can be paged, exported, reloaded and gone back to as any other.
"""

from __future__ import annotations

import base64
import functools
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from cryptography.exceptions import InvalidTag
from django.http import Http404
from django.shortcuts import redirect
from django.urls import resolve

from unionhall.base.encryption import seal, unseal
from unionhall.base.written_text import without_invisible

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from unionhall.base.access import type_of_view

WORDS, SEALED = "q", "who"  # the name in a form; the name in an address
SEALED_FOR = "base.words"
DIGITS_OF_A_NUMBER = 4  # the end of a phone is one
REPLACED = {WORDS, SEALED, "page"}


class NotSealedHereError(ValueError):
    """The text was never sealed by this house, or for something else."""


def sealed(words: str, *, purpose: str = SEALED_FOR) -> str:
    """``words`` for an address; never twice the same."""
    return base64.urlsafe_b64encode(seal(words, purpose=purpose)).decode().rstrip("=")


def opened(text: str, *, purpose: str = SEALED_FOR) -> str:
    """What was sealed. Raises ``NotSealedHereError``."""
    try:
        padded = text + "=" * (-len(text) % 4)
        return unseal(base64.urlsafe_b64decode(padded), purpose=purpose)
    except (ValueError, KeyError, IndexError, InvalidTag) as error:
        raise NotSealedHereError from error


def words_of(request: HttpRequest) -> str:
    """What is looked for, as its reader sees it, sealed or not."""
    words = request.GET.get(WORDS, "")
    if request.GET.get(SEALED):
        try:
            words = opened(request.GET[SEALED])
        except NotSealedHereError as error:
            raise Http404 from error
    return without_invisible(words).strip()


def seals_words(view: type_of_view) -> type_of_view:
    """Words that a form sends lead to an address with them sealed; so does a number in an address that somebody typed."""

    @functools.wraps(view)
    def led_on(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        said = request.POST if request.method == "POST" else request.GET
        words = said.get(WORDS, "")
        if (request.method == "POST" and WORDS in said) or _has_a_number(words):
            asked = request.GET.dict()  # of a form nothing else goes into an address
            kept = {name: one for name, one in asked.items() if name not in REPLACED}
            kept |= {SEALED: sealed(words)} if words.strip() else {}
            return redirect(f"{request.path}?{urlencode(kept)}" if kept else request.path)
        return view(request, *args, **kwargs)

    led_on.seals_words = True  # type: ignore[attr-defined]
    return led_on


def leads(view: type_of_view) -> type_of_view:
    """Marks a view whose form leads to an address and changes nothing."""
    view.leads = True  # type: ignore[attr-defined]
    return view


def only_leads(request: HttpRequest) -> bool:
    """Whether a form that is sent asks for something and changes nothing."""
    view = resolve(request.path_info).func
    is_search = getattr(view, "seals_words", False) and WORDS in request.POST
    return bool(is_search or getattr(view, "leads", False))


def _has_a_number(words: str) -> bool:
    return sum(one.isdecimal() for one in words) >= DIGITS_OF_A_NUMBER
