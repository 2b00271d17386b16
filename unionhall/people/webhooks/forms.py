from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from unionhall.base.written_text import without_invisible
from unionhall.people.webhooks.models import Event, Receiver


class ReceiverFilter(forms.Form):
    """Which receivers are asked for; everything may be left out."""

    q = forms.CharField(
        label=_("系统或工会"),
        required=False,
        max_length=80,
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "placeholder": _("系统或工会")}
        ),
    )
    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[("", _("状态：全部")), *Receiver.State.choices],
    )

    def said(self) -> dict[str, str]:
        """What is asked for, for ``receivers_in_charge``; wrong fields count as left out."""
        self.is_valid()
        query = without_invisible(self.cleaned_data.get("q", "")).strip()
        return {"query": query, "state": self.cleaned_data.get("state", "")}


class EventFilter(forms.Form):
    """Which events of one receiver are asked for."""

    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[("", _("状态：全部")), *Event.State.choices],
    )

    def said(self) -> dict[str, str]:
        """For ``events_of``."""
        self.is_valid()
        return {"state": self.cleaned_data.get("state", "")}


class ReceiverForm(forms.Form):
    """Who is to be told of what, and where."""

    name = forms.CharField(
        label=_("哪个系统"),
        max_length=80,
        help_text=_("比如：区里的数据平台。写得让接你班的人也认得"),
        error_messages={"required": _("写上系统的名字，以后好认。")},
    )
    url = forms.CharField(
        label=_("送到哪个网址"),
        max_length=500,
        help_text=_("管那个系统的人给你，以 https:// 开头"),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
        error_messages={"required": _("写上网址。")},
    )
    kinds = forms.MultipleChoiceField(
        label=_("发生了哪些事就告诉它"),
        help_text=_("只有编号和数目，没有姓名、手机号、证件号码"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("至少选一样。")},
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["kinds"].choices = list(settings.WEBHOOK_KINDS.items())  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        """As it is seen; nothing but what is invisible is no name."""
        name = without_invisible(self.cleaned_data["name"]).strip()
        if not name:
            raise forms.ValidationError(_("写上系统的名字，以后好认。"))
        return name

    def clean_url(self) -> str:
        """Without what is around it."""
        return str(self.cleaned_data["url"]).strip()
