"""Form fields for what stands on a roll, judged by the rules that a roll is judged by."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from unionhall.base.tables import Reason
from unionhall.base.wording import explained
from unionhall.people.members.models import Member
from unionhall.people.members.queries.comparing import ID_KINDS
from unionhall.people.members.rules.id_numbers import read_id_number
from unionhall.people.members.rules.names import read_name
from unionhall.people.members.wording import REASONS

WRITTEN_KIND = {kind: written for written, kind in ID_KINDS.items()}


def wrong(code: str) -> forms.ValidationError:
    """The words of a roll's report for this code, in one sentence."""
    said = explained(Reason(code), REASONS)
    return forms.ValidationError(
        _("{what}：{why}。{next}。").format(what=said.what, why=said.why, next=said.next), code=code
    )


class MadeSureForm(forms.Form):
    """What an officer says before a login replaces the one that somebody has; asked only where it does (``replaces``)."""

    saw_her = forms.BooleanField(label=gettext_lazy("我当面看了她本人和证件"), required=False)
    former_ends = forms.BooleanField(
        label=gettext_lazy("我知道：她原来的登录不再是她的，也会收到短信"), required=False
    )

    def __init__(self, *args: Any, replaces: bool, **kwargs: Any) -> None:  # noqa: ANN401 — Django's face
        super().__init__(*args, **kwargs)
        if not replaces:
            del self.fields["saw_her"], self.fields["former_ends"]

    @property
    def made_sure(self) -> bool:
        """Whether she says both."""
        said = self.cleaned_data
        return bool(said.get("saw_her") and said.get("former_ends"))


class NameField(forms.CharField):
    """A person's name, with rare characters as they are."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 — Django's face
        super().__init__(max_length=80, strip=True, **kwargs)
        self.widget.attrs |= {"autocomplete": "name"}

    def clean(self, value: Any) -> str:  # noqa: ANN401 — Django's face
        written = super().clean(value)
        read = read_name(written)
        if read.value is None:
            raise wrong(read.problem)
        return read.value


class IdentityForm(forms.Form):
    """A document and its number; ``number`` in its one canonical form."""

    id_kind = forms.ChoiceField(
        label=gettext_lazy("证件"), choices=Member.IdKind.choices, initial=Member.IdKind.RESIDENT
    )
    id_number = forms.CharField(
        label=gettext_lazy("证件号码"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "inputmode": "text"}
        ),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        kind, number = cleaned.get("id_kind"), cleaned.get("id_number")
        if kind and number:
            read = read_id_number(
                number,
                WRITTEN_KIND[Member.IdKind(kind)],
                today=timezone.localdate(),
                allow_test_ids=settings.TEST_IDS,
            )
            if read.value is None:
                self.add_error("id_number", wrong(read.problem))
            else:
                cleaned["id_number"] = read.value.number
        return cleaned
