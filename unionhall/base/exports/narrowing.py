"""To which part of a list somebody looked, in words that may stand on paper."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.utils.translation import gettext as _

KNOWN_BY = 5  # so many digits may say who somebody is
SHOWN = 4  # of them, at the end
LONGEST = 60


def told(form: forms.Form) -> str:
    """The filled fields of a page's filter; wrong ones count as left out, as they do there."""
    return "；".join(told_by_field(form).values())


def told_by_field(form: forms.Form) -> dict[str, str]:
    """Field -> the same of it alone."""
    form.is_valid()
    said = {name: _told(form[name], value) for name, value in form.cleaned_data.items()}
    return {name: words for name, words in said.items() if words}


def _told(field: forms.BoundField, value: object) -> str:
    if value in (None, "", []):
        return ""
    return _("{label}：{value}").format(label=field.label, value=_shown(field, value))


def _shown(field: forms.BoundField, value: object) -> str:
    if isinstance(value, dt.date) or isinstance(field.field, forms.ModelChoiceField):
        return str(value)
    if isinstance(field.field, forms.ChoiceField):
        chosen = field.data if isinstance(field.data, list) else [field.data]
        labels = {str(key): str(label) for key, label in field.field.choices}  # type: ignore[misc, union-attr]
        return "、".join(labels[one] for one in chosen)
    return _covered(str(value).strip())


def _covered(text: str) -> str:
    """She may have looked for somebody by a phone or an ID number: its end will do."""
    digits = [at for at, char in enumerate(text) if char.isdigit()]
    if len(digits) < KNOWN_BY:
        return text[:LONGEST]
    covered = set(digits[:-SHOWN])
    return "".join("*" if at in covered else char for at, char in enumerate(text))[:LONGEST]
