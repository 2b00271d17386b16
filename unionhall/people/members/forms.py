from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from unionhall.base.spreadsheets import MAX_BYTES
from unionhall.people.members.models import Member, Membership
from unionhall.people.members.queries import roll_of
from unionhall.people.unions.forms import UnionChoiceField
from unionhall.people.unions.models import Union

_RETAINED = [(why.value, why.label) for why in Membership.RETAINED_FOR]
_LEFT = [(one.value, one.label) for one in Membership.Why if one not in Membership.RETAINED_FOR]
FRONT_LINE = [("", _("岗位：全部")), ("1", _("一线")), ("0", _("不在一线"))]


class RollFilter(forms.Form):
    """What part of the roll is asked for; everything may be left out."""

    q = forms.CharField(
        label=_("姓名、手机尾号、手机号或证件号码"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    standing = forms.ChoiceField(
        label=_("会籍"),
        required=False,
        choices=[("", _("会籍：全部")), *Membership.Standing.choices],
    )
    grade = forms.TypedChoiceField(
        label=_("技能等级"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("等级：全部")), *Member.SkillGrade.choices],
    )
    front_line = forms.TypedChoiceField(
        label=_("岗位"),
        required=False,
        coerce=lambda said: said == "1",
        empty_value=None,
        choices=FRONT_LINE,
    )

    def part_of(self, unions: QuerySet[Union]) -> QuerySet[Membership]:
        """The roll of ``unions`` by the filled fields; wrong ones count as left out."""
        self.is_valid()
        said = self.cleaned_data
        return roll_of(
            unions,
            query=said.get("q", "").strip(),
            standing=said.get("standing", ""),
            skill_grade=said.get("grade"),
            front_line=said.get("front_line"),
        )


class RollForm(forms.Form):
    """A roll, and the top of the part of the tree that it is for."""

    union = UnionChoiceField(
        label=_("给哪个工会（含下级）"), queryset=Union.objects.none(), asks_first=True
    )
    file = forms.FileField(
        label=_("名册"),
        help_text=_(
            "Excel（.xlsx、.xls）、csv 或制表符文本，最大 20 MB。要有“姓名、证件号码”两列，次序不限；有几个工会的人，还要有“所属工会”"
        ),
        error_messages={"required": _("还没有选文件。")},
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv,.txt,.tsv"}),
    )

    def __init__(self, *args: object, unions: QuerySet[Union], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choice = self.fields["union"]
        choice.queryset, choice.initial = unions, unions.first()  # type: ignore[attr-defined]
        if unions.count() == 1:
            choice.empty_label = None  # type: ignore[attr-defined]

    def clean_file(self) -> UploadedFile[bytes]:
        """Too large is said here, before anything is read."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > MAX_BYTES:
            raise forms.ValidationError(_("文件超过 20 MB。分成几份，每份都带表头。"))
        return file


class OneUnionForm(forms.Form):
    """Whose everybody on a roll is, where the file does not say it."""

    union = UnionChoiceField(
        label=_("都是哪个工会的"),
        queryset=Union.objects.none(),
        empty_label=_("选一个工会"),
        error_messages={"required": _("选一个工会。")},
    )

    def __init__(self, *args: object, unions: QuerySet[Union], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["union"].queryset = unions  # type: ignore[attr-defined]


class UndoForm(forms.Form):
    """Why an import is put back."""

    reason = forms.CharField(
        label=_("为什么撤销"),
        max_length=200,
        help_text=_("比如：传错了文件"),
        error_messages={"required": _("写一句为什么，以后查得到。")},
    )


class AbsentForm(forms.Form):
    """What is the matter with people whom a roll does not name."""

    SOME, ALL = "some", "all"

    who = forms.ChoiceField(choices=[(SOME, SOME), (ALL, ALL)])
    people = forms.TypedMultipleChoiceField(coerce=int, required=False)
    why = forms.ChoiceField(
        label=_("怎么回事"),
        choices=[
            ("", _("选一个原因")),
            ("keep", _("没有变，还在会")),
            (_("保留会籍，没有表决权"), _RETAINED),
            (_("不在会了"), _LEFT),
        ],
        error_messages={"required": _("选一个原因。")},
    )
    note = forms.CharField(
        label=_("备注"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"placeholder": _("备注，可以不写"), "autocomplete": "off"}),
    )

    def __init__(self, *args: object, people: Iterable[int], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["people"].choices = [(one, one) for one in people]  # type: ignore[attr-defined]

    def chosen(self) -> list[int] | None:
        """The absences that were ticked; ``None``: all that are open."""
        chosen: list[int] = self.cleaned_data["people"]
        return None if self.cleaned_data["who"] == self.ALL else chosen


class StandingForm(forms.Form):
    """Why somebody's membership is kept without a vote, or ends."""

    why = forms.ChoiceField(
        label=_("怎么回事"),
        choices=[
            ("", _("选一个原因")),
            (_("保留会籍，没有表决权"), _RETAINED),
            (_("不在会了"), _LEFT),
        ],
        error_messages={"required": _("选一个原因。")},
    )


class MoveForm(forms.Form):
    """Where somebody is to be a member from now on."""

    union = UnionChoiceField(
        label=_("转到哪个工会"),
        queryset=Union.objects.none(),
        error_messages={"required": _("选一个工会。")},
    )

    def __init__(self, *args: object, unions: QuerySet[Union], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["union"].queryset = unions  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    """An answer to a request for transfer; a no has its reason."""

    AGREE, REFUSE, WITHDRAW = "agree", "refuse", "withdraw"

    answer = forms.ChoiceField(
        choices=[(one, one) for one in (AGREE, REFUSE, WITHDRAW)], widget=forms.HiddenInput
    )
    reason = forms.CharField(
        label=_("不同意的原因"),
        max_length=200,
        help_text=_("对方看得到"),
        error_messages={"required": _("写一句为什么，对方好知道怎么办。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 — Django's face
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = self.data.get("answer", self.REFUSE) == self.REFUSE
