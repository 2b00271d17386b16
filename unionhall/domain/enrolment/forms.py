from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from unionhall.base.phones import read_phone
from unionhall.domain.enrolment.models import Application
from unionhall.kernel.casework.actions import Paper
from unionhall.kernel.casework.forms import PaperField
from unionhall.people.members.fields import IdentityForm, MadeSureForm, NameField
from unionhall.people.unions.forms import UnionChoiceField
from unionhall.people.unions.models import Union

Situation, Occupation = Application.Situation, Application.Occupation
IDENTITY = ("name", "id_kind", "id_number")
WAITING, OPEN, CLOSED = "", "open", "closed"
MAIN = (Occupation.COURIER, Occupation.RIDER, Occupation.RIDE, Occupation.TRUCK)


def answers_of(code: str) -> tuple[str, str] | None:
    """Situation and occupation that one word of an address stands for; ``None`` for a word that is neither."""
    if code in {Situation.UNION, Situation.NONE}:
        return code, ""
    return (Situation.NEW_FORM, code) if code in Occupation.values else None


class JoinForm(IdentityForm):
    """Who she is; and her firm's name, where it has no union yet."""

    name = NameField(label=gettext_lazy("姓名"), help_text=gettext_lazy("和证件上一个字不差"))
    employer = forms.CharField(
        label=gettext_lazy("单位名称"),
        max_length=120,
        help_text=gettext_lazy("工牌、工资条或合同上写的"),
    )

    field_order = ["employer", *IDENTITY]

    def __init__(self, *args: Any, situation: str, **kwargs: Any) -> None:  # noqa: ANN401 — Django's face
        super().__init__(*args, **kwargs)
        if situation != Situation.NONE:
            del self.fields["employer"]

    @property
    def said(self) -> dict[str, str]:
        """Who she is, as the roll would have it."""
        return {name: self.cleaned_data[name] for name in IDENTITY}


class AnswerForm(JoinForm):
    """What was missing; and once more who she is, for that may be what was wrong."""

    text = forms.CharField(
        label=gettext_lazy("说明"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
    paper = PaperField(
        label=gettext_lazy("材料"),
        required=False,
        help_text=gettext_lazy("照片或 PDF，8 MB 以内。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 — Django's face
        super().__init__(*args, situation="", **kwargs)

    @property
    def papers(self) -> list[Paper]:
        """What came with it."""
        return [paper] if (paper := self.cleaned_data.get("paper")) else []


class DeskJoinForm(JoinForm):
    """An officer asks for somebody who stands before her."""

    occupation = forms.ChoiceField(
        label=gettext_lazy("在哪里上班"),
        choices=[("", gettext_lazy("在这个工会的单位")), *Occupation.choices],
        required=False,
    )
    phone = forms.CharField(
        label=gettext_lazy("手机号"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("没有就空着，以后到工会补登记"),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )

    field_order = ["occupation", *IDENTITY, "phone"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 — Django's face
        super().__init__(*args, situation="", **kwargs)

    def clean_phone(self) -> str:
        """Eleven digits, or none."""
        written = self.cleaned_data["phone"]
        phone = read_phone(written).value
        if written and not phone:
            raise forms.ValidationError(_("手机号是 11 位，以 13 到 19 开头。"))
        return phone or ""

    @property
    def situation(self) -> dict[str, str]:
        """Columns of the application."""
        occupation = self.cleaned_data["occupation"]
        kind = Situation.NEW_FORM if occupation else Situation.UNION
        return {"situation": kind, "occupation": occupation}


class AcceptForm(MadeSureForm):
    """Yes; and into which union, where whom she asked has others below."""

    field_order = ["union", "saw_her", "former_ends", "text"]
    union = UnionChoiceField(
        Union.objects.none(), label=gettext_lazy("登记在哪个工会"), empty_label=None
    )
    text = forms.CharField(label=gettext_lazy("给她留一句话"), required=False, max_length=500)

    def __init__(self, *args: Any, unions: QuerySet[Union], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.fields["union"].queryset = unions  # type: ignore[attr-defined]
        if unions[1:2].exists():
            return
        del self.fields["union"]


class ReasonForm(forms.Form):
    """No, or not yet; why goes to her."""

    text = forms.CharField(
        label=gettext_lazy("原因，写给她看"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class WordForm(forms.Form):
    """A word to her, or to her union, if there is one."""

    text = forms.CharField(
        label=gettext_lazy("要说明的"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class LeaveForm(WordForm):
    """She has read what she loses."""

    sure = forms.BooleanField(
        label=gettext_lazy("我看过了，自愿退会"),
        error_messages={"required": gettext_lazy("先看看退会以后会怎样，再勾上。")},
    )

    field_order = ["sure", "text"]


class TransferForm(WordForm):
    """Where to."""

    union = UnionChoiceField(
        Union.objects.none(), label=gettext_lazy("新工会"), empty_label=None, asks_first=True,
        help_text=gettext_lazy("写单位或工会名字里的几个字"),
    )  # fmt: skip

    field_order = ["union", "text"]

    def __init__(self, *args: Any, unions: QuerySet[Union], **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self.fields["union"].queryset = unions  # type: ignore[attr-defined]


class ApplicationFilter(forms.Form):
    """Which part of an officer's applications; what is odd counts as left out."""

    state = forms.ChoiceField(
        label=gettext_lazy("进度"),
        required=False,
        choices=[
            (WAITING, gettext_lazy("等工会答复的")),
            (OPEN, gettext_lazy("没办完的")),
            (CLOSED, gettext_lazy("办完的")),
        ],
    )
    situation = forms.ChoiceField(
        label=gettext_lazy("在哪里上班"),
        required=False,
        choices=[("", gettext_lazy("在哪里上班：全部")), *Situation.choices],
    )

    def part_of(self, applications: QuerySet[Application]) -> QuerySet[Application]:
        """By the filled fields."""
        self.is_valid()
        state, situation = (self.cleaned_data.get(name, "") for name in ("state", "situation"))
        stands = {
            WAITING: Q(case__stage="asked"),
            OPEN: Q(case__closed_at=None),
            CLOSED: Q(case__closed_at__isnull=False),
        }
        found = applications.filter(stands[state])
        return found.filter(situation=situation) if situation else found
