from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from unionhall.base.phones import read_phone
from unionhall.domain.corrections.models import Correction
from unionhall.kernel.casework.actions import Paper
from unionhall.kernel.casework.forms import PaperField
from unionhall.people.members.fields import IdentityForm, MadeSureForm, NameField
from unionhall.people.members.models import Member
from unionhall.people.unions.forms import UnionChoiceField
from unionhall.people.unions.models import Union

What = Correction.What


class WhoForm(IdentityForm):
    """Who she is: name and number, both as on her document."""

    name = NameField(label=_("姓名"), help_text=_("和证件上一个字不差"))

    field_order = ["name", "id_kind", "id_number"]


class Explained(forms.Form):
    """Why, and a paper that shows it."""

    text = forms.CharField(
        label=_("说明"),
        required=False,
        max_length=500,
        help_text=_("比如哪一年换的号码、证件上哪个字不一样"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    paper = PaperField(
        label=_("材料"),
        required=False,
        help_text=_("照片或 PDF，8 MB 以内。不传也行，工会可以当面看证件。"),
    )

    @property
    def papers(self) -> list[Paper]:
        """What came with it."""
        return [paper] if (paper := self.cleaned_data.get("paper")) else []


class FindMeForm(Explained):
    """Which union has to look for her."""

    union = UnionChoiceField(
        Union.objects.none(), label=_("你的工会"), empty_label=None, asks_first=True,
        help_text=_("写单位或工会名字里的几个字"),
    )  # fmt: skip

    field_order = ["union", "text", "paper"]

    def __init__(self, *args: Any, unions: QuerySet[Union], **kwargs: Any) -> None:  # noqa: ANN401 — Django's face
        super().__init__(*args, **kwargs)
        self.fields["union"].queryset = unions  # type: ignore[attr-defined]


class NameForm(Explained):
    name = NameField(label=_("正确的姓名"), help_text=_("和证件上一个字不差，生僻字也照写"))
    field_order = ["name", "text", "paper"]


class NumberForm(Explained, IdentityForm):
    field_order = ["id_kind", "id_number", "text", "paper"]


class PhoneForm(Explained):
    """Another phone than the one that she signs in with, or hers at the desk."""

    phone = forms.CharField(
        label=_("正确的手机号"), max_length=40, widget=forms.TextInput(attrs={"type": "tel"})
    )
    field_order = ["phone", "text", "paper"]

    def clean_phone(self) -> str:
        read = read_phone(self.cleaned_data["phone"])
        if not read.value:
            raise forms.ValidationError(_("这不像手机号。要 11 位数字，1 开头。"))
        return read.value


class DepartmentForm(Explained):
    department = forms.CharField(label=_("正确的部门"), max_length=80)
    field_order = ["department", "text", "paper"]


class OtherForm(Explained):
    text = forms.CharField(
        label=_("哪里不对，应该是什么"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


FORMS: dict[str, type[Explained]] = {
    What.NAME: NameForm,
    What.ID_NUMBER: NumberForm,
    What.PHONE: PhoneForm,
    What.DEPARTMENT: DepartmentForm,
    What.OTHER: OtherForm,
}
COLUMNS = {
    What.NAME: ("name",),
    What.ID_NUMBER: ("id_kind", "id_number"),
    What.PHONE: ("phone",),
    What.DEPARTMENT: ("department",),
    What.OTHER: (),
}


def said_in(form: Explained, what: str) -> dict[str, str]:
    """The columns of the roll as the form has them."""
    return {name: form.cleaned_data[name] for name in COLUMNS[What(what)]}


class AcceptForm(MadeSureForm):
    """Yes; and where nobody was found, who she is."""

    field_order = ["member", "saw_her", "former_ends", "text"]
    member = forms.ModelChoiceField(
        Member.objects.none(),
        label=_("她是名册上的哪一位"),
        widget=forms.RadioSelect,
        empty_label=None,
    )
    text = forms.CharField(label=_("给她留一句话"), required=False, max_length=500)

    def __init__(self, *args: Any, people: QuerySet[Member] | None, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        if people is None:
            del self.fields["member"]
        else:
            self.fields["member"].queryset = people  # type: ignore[attr-defined]


class LoginPhoneForm(forms.Form):
    """Another phone for her login, as she says it at the desk: twice, for a slip would give her login to a stranger."""

    phone = forms.CharField(
        label=_("新的手机号"),
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    again = forms.CharField(
        label=_("再写一遍"),
        max_length=40,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    saw_her = forms.BooleanField(label=_("我当面看了她本人和证件"), required=False)
    joins = forms.BooleanField(
        label=_("这个号码的登录也是她的，合成一个"),
        help_text=_("只在这个号码已经登录过时要勾。"),
        required=False,
    )
    clean_phone = PhoneForm.clean_phone

    def clean(self) -> dict[str, Any]:
        """The same both times, however it is spaced."""
        said = self.cleaned_data
        if said.get("phone") and read_phone(said.get("again", "")).value != said["phone"]:
            self.add_error("again", _("两遍不一样，对着她的手机再写一遍。"))
        return said


class ReasonForm(forms.Form):
    """No, or not yet; why goes to her."""

    text = forms.CharField(
        label=_("原因，写给她看"), max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )
