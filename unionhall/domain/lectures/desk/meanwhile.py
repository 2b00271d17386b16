"""Two officers in one draft: what each of them wrote, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django import forms

from unionhall.domain.lectures.forms import PhaseForm, RulesField, SeriesForm


@dataclass(frozen=True)
class Difference:
    """One place where what is kept is not what was typed, in the reader's words."""

    label: str
    kept: str
    typed: str


def differences(
    kept: PhaseForm | SeriesForm, typed: PhaseForm | SeriesForm
) -> Iterator[Difference]:
    """Every field of one form in which the two differ, in its order."""
    for name, field in typed.fields.items():
        theirs, hers = (str(form[name].value() or "") for form in (kept, typed))
        if theirs != hers:
            yield Difference(str(field.label), _in_words(field, theirs), _in_words(field, hers))


def _in_words(field: forms.Field, value: str) -> str:
    """What was chosen as it reads on the page; what was typed as it is."""
    if isinstance(field, RulesField):
        return field.in_words(value)
    choices = getattr(field, "choices", ())
    return next((str(words) for key, words in choices if value and str(key) == value), value)
