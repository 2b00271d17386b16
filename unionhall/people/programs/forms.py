from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from unionhall.base.written_text import without_invisible
from unionhall.people.programs.actions import BY_DEFAULT
from unionhall.people.programs.models import ProgramKey
from unionhall.people.programs.rules import DEFAULT_DAYS, MOST_DAYS


class KeyFilter(forms.Form):
    """Which keys are asked for; everything may be left out."""

    q = forms.CharField(
        label=_("系统、工会或密钥的开头"),
        required=False,
        max_length=80,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "autocomplete": "off",
                "placeholder": _("系统、工会或密钥的开头"),
            }
        ),
    )
    state = forms.ChoiceField(
        label=_("状态"),
        required=False,
        choices=[("", _("状态：全部")), *ProgramKey.State.choices],
    )

    def said(self) -> dict[str, str]:
        """What is asked for, for ``keys_in_charge``; wrong fields count as left out."""
        self.is_valid()
        query = without_invisible(self.cleaned_data.get("q", "")).strip()
        return {"query": query, "state": self.cleaned_data.get("state", "")}


class KeyForm(forms.Form):
    """A key to be issued: for which system, what it may do, until when."""

    name = forms.CharField(
        label=_("给哪个系统"),
        max_length=80,
        help_text=_("比如：人事系统。写得让接你班的人也认得"),
        error_messages={"required": _("写上系统的名字，以后好认。")},
    )
    days = forms.IntegerField(
        label=_("用多少天"),
        min_value=1,
        max_value=MOST_DAYS,
        initial=DEFAULT_DAYS,
        help_text=_("从今天算起，最多 730 天"),
        error_messages={"required": _("写一个天数。")},
    )
    scopes = forms.MultipleChoiceField(
        label=_("可以做什么"),
        choices=ProgramKey.Scope.choices,
        initial=[scope.value for scope in BY_DEFAULT],
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "用得着的才选。“自己确认导入”一般不选：不选的话，推来的名册先检查，你在“导入名册”里点头以后才导入。"
            "系统做的每一件事都记在你名下"
        ),
        error_messages={"required": _("选一样它可以做的事，不然密钥没有用处。")},
    )

    def clean_name(self) -> str:
        """As it is seen; nothing but what is invisible is no name."""
        name = without_invisible(self.cleaned_data["name"]).strip()
        if not name:
            raise forms.ValidationError(_("写上系统的名字，以后好认。"))
        return name
