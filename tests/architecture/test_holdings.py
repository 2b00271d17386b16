"""What is held of somebody is on a list, so that she sees all of it: no table with a key to her is left out."""

from __future__ import annotations

from collections.abc import Iterable

from django.apps import apps
from django.db import models

from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member
from unionhall.site.holdings import DEEDS, HOLDINGS

TO_HER = (User, Member)
# Of Django and procrastinate: no rows of ours stand in them.
EMPTY = {"auth.User_groups", "accounts.User_groups user", "accounts.User_user_permissions user"}


def keys_to_her(tables: Iterable[type[models.Model]]) -> set[str]:
    """``app.Model column`` of each key to a login or to somebody on the roll."""
    return {
        f"{table._meta.label} {field.name}"
        for table in tables
        for field in table._meta.get_fields()
        if isinstance(field, models.ForeignKey) and field.related_model in TO_HER
    } - EMPTY


def test_every_key_to_somebody_is_on_the_list() -> None:
    listed = {f"{one.model} {one.whose}" for one in HOLDINGS} | set(DEEDS)
    assert sorted(keys_to_her(apps.get_models(include_auto_created=True)) - listed) == []


def test_a_key_that_nobody_listed_would_be_seen() -> None:
    class Diary(models.Model):
        writer = models.ForeignKey(Member, models.CASCADE, related_name="+")

        class Meta:
            app_label = "trial"

        def __str__(self) -> str:
            return ""

    try:
        assert keys_to_her([Diary]) == {"trial.Diary writer"}
    finally:
        apps.all_models.pop("trial", None)
        apps.clear_cache()


def test_the_columns_that_are_shown_are_there() -> None:
    wrong = [
        f"{one.model} {name}"
        for one in HOLDINGS
        for name in one.columns.split()
        if name not in {field.name for field in apps.get_model(one.model)._meta.get_fields()}
    ]
    assert wrong == []
