"""An ``Audience`` in a column."""

from __future__ import annotations

from typing import Any

from django.db import models

from unionhall.kernel.audience.rules import Audience


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
