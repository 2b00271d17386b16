"""A choice among rows of a table: of a few by a select, of many by a part of the name.

A select of thousands is long on its way and longer to scroll through. So of more than ``FEW`` rows
a box asks for a part of the name; if that is the name of one alone, she is chosen, else the form
comes back with a select of those that were found. Programs name a row by its key, as ever.

A form that comes back has lost its file, for a browser gives none twice. So where a file is sent with it
the box asks by itself, as soon as it is left, and the answer takes its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.forms.models import ModelChoiceIterator
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from unionhall.base.written_text import without_invisible

FEW = 100  # options that a person still looks through
TYPED = "named"  # what the box is called, behind the field's own name
Options = list[tuple[Any, str]]


@dataclass(frozen=True)
class Typed:
    """A part of a name, where a key was asked for."""

    text: str


@dataclass(frozen=True)
class Asked(Typed):
    """The same, asked by the box itself before the form is sent."""


def asked_by_box(data: Mapping[str, str], name: str) -> dict[str, Typed]:
    """Initial values of a form whose field ``name`` asks first."""
    text = without_invisible(data.get(_box(name), "")).strip()
    return {name: Asked(text)} if text else {}


class LongSelect(forms.Select):
    """A select of many: Django renders two templates for each option."""

    def render(
        self,
        name: str,
        value: object,
        attrs: dict[str, Any] | None = None,
        renderer: object = None,  # noqa: ARG002 — Django's face
    ) -> SafeString:
        """As Django's, for options without groups."""
        return self.select(name, self.choices, self.format_value(value), attrs)

    def select(
        self,
        name: str,
        choices: Iterable[tuple[Any, Any]],
        chosen: list[str],
        attrs: dict[str, Any] | None,
    ) -> SafeString:
        """``chosen``: keys, as text."""
        options = format_html_join(
            "",
            "<option{}>{}</option>",
            (
                (flatatt({"value": str(key), "selected": str(key) in chosen}), label)
                for key, label in choices
            ),
        )
        said = self.build_attrs(self.attrs, {"name": name, **(attrs or {})})
        return format_html("<select{}>{}</select>", flatatt(said), options)


class FewOrTyped(LongSelect):
    """The select of a ``RowChoiceField``; if there are too many rows for one, a box."""

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:  # noqa: ANN401 — Django's face
        """What was typed says more than what stood there: the box is empty unless somebody looks for another."""
        text = without_invisible(str(data.get(_box(name)) or "")).strip()
        return Typed(text) if text else super().value_from_datadict(data, files, name)

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:  # noqa: ANN401
        """Neither of the two was there."""
        return _box(name) not in data and super().value_omitted_from_data(data, files, name)

    def use_required_attribute(self, initial: object) -> bool:
        """Whether nothing can be chosen, as Django's; which reads all rows to see the first."""
        if not isinstance(self.choices, ModelChoiceIterator):
            return super().use_required_attribute(initial)
        return not self.is_hidden and self.choices.field.empty_label is not None

    def render(
        self,
        name: str,
        value: object,
        attrs: dict[str, Any] | None = None,
        renderer: object = None,
    ) -> SafeString:
        """One statement for the rows, and what their labels need."""
        if not isinstance(self.choices, ModelChoiceIterator):
            return super().render(name, value, attrs, renderer)
        field = self.choices.field
        assert isinstance(field, RowChoiceField), "whose widget this is"  # noqa: S101
        # Who asks has the box before her, even if there are few by now.
        few = None if isinstance(value, Asked) else field.few()
        if few is not None:
            empty = [] if field.empty_label is None else [("", str(field.empty_label))]
            return self.select(name, empty + few, self.format_value(value), attrs)
        return self._many(field, name, value, attrs)

    def _many(
        self, field: RowChoiceField, name: str, value: object, attrs: dict[str, Any] | None
    ) -> SafeString:
        """The box; before it a select of what was chosen or found. Of the two none alone is required."""
        if isinstance(value, Typed):
            rows, typed = field.named(value.text), value.text
        else:
            rows, typed = field.chosen(value), ""
        found = field.options(rows) if rows else []
        attrs = {key: said for key, said in (attrs or {}).items() if key != "required"}
        box = {"class": "input", **attrs, "name": _box(name)} | {
            "type": "search", "autocomplete": "off", "maxlength": 120,
            "placeholder": _("写名称里的几个字"),
        }  # fmt: skip
        whole = f"{attrs.get('id', name)}_choice"
        box |= _asking(f"#{whole}") if field.asks_first else {}
        if not found:
            if not field.required:  # a filter, whose label nobody sees
                box |= {"placeholder": str(field.empty_label), "title": str(field.empty_label)}
            inner = format_html("<input{}>", flatatt(box | {"value": typed}))
        else:
            box |= {"id": f"{box.get('id', name)}_{TYPED}"}
            box |= {"aria-label": _("换一个：写名称里的几个字")}
            chosen = [str(key) for key, _label in found] if len(found) == 1 else []
            options = [("", str(field.empty_label or _("选一个"))), *found]
            attrs |= {"required": isinstance(value, Asked)}
            select = self.select(name, options, chosen, attrs)
            inner = format_html("{}<input{}>", select, flatatt(box))
        note = _note(field, value, rows) if isinstance(value, Asked) else ""
        return format_html('<span class="stack" id="{}">{}{}</span>', whole, inner, note)


def _asking(whole: str) -> dict[str, str]:
    """Of a box that asks for its own page with what was typed, and takes its own place from it."""
    return {
        "hx-get": "", "hx-trigger": "change", "hx-target": whole, "hx-select": whole,
        "hx-swap": "outerHTML",
    }  # fmt: skip


def _note(field: RowChoiceField, asked: Asked, found: Sequence[Any]) -> str:
    trouble = field.trouble_with(asked.text, found)
    said = trouble.messages[0] if trouble else ""
    return format_html('<span class="note" role="status">{}</span>', said)


def _box(name: str) -> str:
    return f"{name}_{TYPED}"


class RowChoiceField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the rows of a queryset. ``name_column`` is what people call a row by."""

    widget = FewOrTyped
    name_column = "name"

    def __init__(self, *args: Any, asks_first: bool = False, **kwargs: Any) -> None:  # noqa: ANN401 — Django's face
        """``asks_first``: of many, by the box itself; its page passes ``asked_by_box`` on to the form."""
        super().__init__(*args, **kwargs)
        self.asks_first = asks_first

    def options(self, rows: Sequence[Any]) -> Options:
        """Key and label of each."""
        return [(self.prepare_value(row), self.label_from_instance(row)) for row in rows]

    def few(self) -> Options | None:
        """All of them, or ``None`` if they are more than ``FEW``."""
        rows = self._rows()
        return None if rows[FEW : FEW + 1].exists() else self.options(list(rows))

    def chosen(self, key: object) -> list[Any]:
        """The one with this key, if it is among them."""
        text = str(getattr(key, "pk", key) or "")
        return list(self._rows().filter(pk=text)) if text.isdecimal() else []

    def named(self, text: str) -> list[Any]:
        """The first ``FEW`` rows with this in their names; those alone of which it is the name, if any."""
        whole, part = (
            self._rows().filter(**{self.name_column + how: text})[:FEW]
            for how in ("", "__icontains")
        )
        return list(whole) or list(part)

    def to_python(self, value: Any) -> Model | None:  # noqa: ANN401 — Django's face
        """By its key, or by what was typed; else ``ValidationError``."""
        if not isinstance(value, Typed):
            row: Model | None = super().to_python(value)
            return row
        found = self.named(value.text)
        if trouble := self.trouble_with(value.text, found):
            raise trouble
        one: Model = found[0]
        return one

    def trouble_with(self, text: str, found: Sequence[Any]) -> ValidationError | None:
        """Why nobody is chosen by it; ``None``: one is."""
        said = {"text": text, "number": len(found)}
        if not found:
            return ValidationError(
                _("没有名称里有“%(text)s”的。少写几个字试试。"), code="none_named", params=said
            )
        if len(found) == 1:
            return None
        message = (
            _("名称里有“%(text)s”的很多，先列出 %(number)s 个。选一个，或者写得再全一些。")
            if len(found) == FEW
            else _("名称里有“%(text)s”的有 %(number)s 个。选一个。")
        )
        return ValidationError(message, code="several_named", params=said)

    def _rows(self) -> QuerySet[Any]:
        assert self.queryset is not None, "set before it is asked"  # noqa: S101
        rows: QuerySet[Any] = self.queryset.all()
        return rows
