from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.template import engines

WORDING = {
    "trial/told.inbox.html": "<strong>{{ what }}</strong>",
    "trial/told.sms.txt": "{% load i18n %}【职工之家】{{ what }}\n {% translate '消息' %}",
}


@pytest.fixture(autouse=True)
def _wording(tmp_path: Path, settings: object) -> object:
    """Templates of a topic that no chapter has."""
    for name, words in WORDING.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(words)
    templates = [dict(django_settings.TEMPLATES[0])]
    templates[0]["DIRS"] = [*templates[0]["DIRS"], tmp_path]
    settings.TEMPLATES = templates  # type: ignore[attr-defined]
    yield
    engines._engines = {}
