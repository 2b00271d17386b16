"""An ``Audience`` in a column, and in a form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from unionhall.kernel.audience.rules import EVERYBODY, Audience
from unionhall.people.members.models import Member, Membership
from unionhall.people.unions.models import Union


class AudienceField(models.JSONField):
    """JSON in the column, an ``Audience`` on the model. Never null: the empty object is everybody."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Audience | None:  # noqa: ANN401 — Django's face
        """JSON becomes an audience; ``None`` only where an outer join found no row."""
        stored = super().from_db_value(value, expression, connection)
        return None if stored is None else Audience.from_json(stored)

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:  # noqa: ANN401, FBT001, FBT002 — Django's face
        """An audience becomes JSON."""
        stored = value.to_json() if isinstance(value, Audience) else value
        return super().get_db_prep_value(stored, connection, prepared)

    def to_python(self, value: Any) -> Any:  # noqa: ANN401 — Django's face
        """From a fixture or a form."""
        return Audience.from_json(value) if isinstance(value, dict) else value

    def validate(self, value: Any, model_instance: models.Model | None) -> None:  # noqa: ANN401 — Django's face
        """Nothing more to check: an ``Audience`` is right by its type."""

    def value_to_string(self, obj: models.Model) -> Any:  # noqa: ANN401 — JSON, in spite of the name
        """For fixtures."""
        audience: Audience = self.value_from_object(obj)
        return audience.to_json()

    def formfield(self, **kwargs: Any) -> Any:  # noqa: ANN401 — Django's face
        """The chooser below."""
        return AudienceFormField(required=False, label=kwargs.get("label", self.verbose_name))


class AudienceWidget(forms.MultiWidget):
    """One group of plain controls; each works without a script."""

    template_name = "audience/widget.html"

    def __init__(self, parts: dict[str, forms.Field]) -> None:
        self.labels = [field.label for field in parts.values()]
        super().__init__({name: field.widget for name, field in parts.items()})

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:  # noqa: ANN401 — Django's face
        """Each control with its own words."""
        context = super().get_context(name, value, attrs)
        for control, label in zip(context["widget"]["subwidgets"], self.labels, strict=True):
            control["label"] = label
        return context

    def decompress(self, value: Audience | None) -> list[Any]:
        """What each control shows for this audience."""
        said = value or EVERYBODY
        return [said.under_union, *(list(getattr(said, name)) for name in CHOICES), said.front_line,
                said.min_skill_grade, said.joined_before]  # fmt: skip


CHOICES = ("standings", "sexes", "employments")


class AudienceFormField(forms.MultiValueField):
    """Chooses an ``Audience``. Set ``unions`` to those that the officer may address; until then there are none.

    ``also`` and ``except_`` are lists of persons, which no control carries: whoever asks adds them to what is chosen.
    """

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 — Django's face
        parts = _controls()
        super().__init__(
            tuple(parts.values()), widget=AudienceWidget(parts), require_all_fields=False, **kwargs
        )

    @property
    def unions(self) -> models.QuerySet[Union]:
        """The unions to choose from."""
        choice = self.fields[0]
        assert isinstance(choice, forms.ModelChoiceField)  # noqa: S101 — for the type checker
        return choice.queryset  # type: ignore[return-value]

    @unions.setter
    def unions(self, unions: models.QuerySet[Union]) -> None:
        choice = self.fields[0]
        assert isinstance(choice, forms.ModelChoiceField)  # noqa: S101 — for the type checker
        choice.queryset = unions
        self.widget.widgets[0].choices = choice.choices

    def compress(self, data_list: list[Any]) -> Audience:
        """The controls' values as one audience."""
        if not data_list:
            return EVERYBODY
        union, standings, sexes, employments, front_line, grade, joined_before = data_list
        return Audience(
            under_union=union.pk if union else None,
            standings=tuple(standings or ()),
            sexes=tuple(sexes or ()),
            employments=tuple(employments or ()),
            front_line=front_line,
            min_skill_grade=grade or None,
            joined_before=joined_before or None,
        )


def _controls() -> dict[str, forms.Field]:
    """One control for each field of an audience that a form can ask for."""
    front_line = forms.NullBooleanSelect()
    front_line.choices = [
        ("unknown", _("不限")),
        ("true", _("一线职工")),
        ("false", _("不是一线职工")),
    ]
    grades: list[Any] = [("", _("不限")), *Member.SkillGrade.choices]
    day = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return {
        "union": forms.ModelChoiceField(
            Union.objects.none(), label=_("工会"), empty_label=_("全体会员")
        ),
        "standings": _several(Membership.Standing.choices, _("会籍")),
        "sexes": _several(Member.Sex.choices, _("性别")),
        "employments": _several(Member.Employment.choices, _("用工形式")),
        "front_line": forms.NullBooleanField(label=_("岗位"), widget=front_line),
        "min_skill_grade": forms.TypedChoiceField(
            label=_("技能等级不低于"), choices=grades, coerce=int
        ),
        "joined_before": forms.DateField(label=_("在这一天之前入会"), widget=day),
    }


def _several(choices: Any, label: Any) -> forms.MultipleChoiceField:  # noqa: ANN401 — lazy words
    return forms.MultipleChoiceField(
        choices=choices, label=label, widget=forms.CheckboxSelectMultiple
    )
