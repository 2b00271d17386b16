"""How every form of the product is drawn: label, help, error, each tied to its field.

Settings name ``Renderer``; the templates are in ``templates/ui/form/``.
"""

from __future__ import annotations

from django.forms import BoundField
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import (
    CheckboxInput,
    CheckboxSelectMultiple,
    HiddenInput,
    MultiWidget,
    RadioSelect,
    Widget,
)

PLAIN = (CheckboxInput, CheckboxSelectMultiple, RadioSelect, HiddenInput, MultiWidget)


class Field(BoundField):
    """A field that knows how it is drawn."""

    @property
    def shape(self) -> str:
        """How ``field.html`` draws it: choices, segment, ticks, switch, group or line."""
        widget = self.field.widget
        if isinstance(widget, (RadioSelect, CheckboxSelectMultiple)):
            own = str(widget.attrs.get("class", "")).split()
            return next((shape for shape in ("segment", "ticks") if shape in own), "choices")
        if isinstance(widget, CheckboxInput):
            return "switch"
        return "group" if self.use_fieldset else "line"

    def build_widget_attrs(
        self, attrs: dict[str, object], widget: Widget | None = None
    ) -> dict[str, object]:
        """Give boxes one types into the class ``input``, switches the class ``switch``."""
        widget = widget or self.field.widget
        attrs = super().build_widget_attrs(attrs, widget)
        own = str(attrs.get("class") or widget.attrs.get("class") or "")
        if isinstance(widget, CheckboxInput):
            return {**attrs, "class": f"switch {own}".strip(), "role": "switch"}
        if isinstance(widget, PLAIN):
            return attrs
        return {**attrs, "class": f"input {own}".strip()}


class Renderer(TemplatesSetting):
    """Django's form renderer with the product's templates."""

    form_template_name = "ui/form/form.html"
    field_template_name = "ui/form/field.html"
    bound_field_class = Field
