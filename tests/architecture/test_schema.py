"""Foreign keys go down only, like imports."""

from __future__ import annotations

from django.apps import apps
from django.db import models

from tests.architecture.house import FLOORS, floor_of, own_apps


def _relations() -> list[tuple[type[models.Model], models.Field]]:
    return [
        (model, field)
        for label in own_apps()
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey | models.ManyToManyField)
    ]


def points_up_or_sideways(model: type[models.Model], field: models.Field) -> bool:
    source, target = model._meta.app_label, field.related_model._meta.app_label
    return source != target and floor_of(target) >= floor_of(source)


def test_every_app_has_its_floor():
    assert {label for floor in FLOORS for label in floor} == set(own_apps())


def test_foreign_keys_go_down():
    wrong = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model, field in _relations()
        if points_up_or_sideways(model, field)
    ]
    assert wrong == []


def test_a_key_upwards_would_be_seen():
    claim = apps.get_model("allotment", "Claim")
    up = models.ForeignKey("quiz.Contest", models.CASCADE)
    up.related_model = apps.get_model("quiz", "Contest")
    sideways = models.ForeignKey("quiz.Contest", models.CASCADE)
    sideways.related_model = apps.get_model("quiz", "Contest")
    assert points_up_or_sideways(claim, up)
    assert points_up_or_sideways(apps.get_model("welfare", "Merchant"), sideways)


def test_no_generic_foreign_keys():
    generic = [
        f"{model._meta.label}.{field.name}"
        for label in own_apps()
        for model in apps.get_app_config(label).get_models()
        for field in model._meta.private_fields
    ]
    assert generic == []


def test_tables_are_named_by_hand():
    unnamed = [
        model._meta.label
        for label in own_apps()
        for model in apps.get_app_config(label).get_models()
        if "db_table" not in model._meta.original_attrs
    ]
    assert unnamed == []
