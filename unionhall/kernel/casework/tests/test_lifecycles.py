from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from unionhall.kernel.casework.management.commands import lifecycles


def test_the_page_of_life_cycles_is_what_the_stages_say():
    call_command("lifecycles", check=True)


def test_a_page_that_says_otherwise_is_found(tmp_path, monkeypatch):
    page = tmp_path / "lifecycles.md"
    monkeypatch.setattr(lifecycles, "PAGE", page)
    call_command("lifecycles")
    call_command("lifecycles", check=True)
    page.write_text(page.read_text("utf-8").replace("withdrawn", "forgotten"), encoding="utf-8")
    with pytest.raises(CommandError):
        call_command("lifecycles", check=True)
