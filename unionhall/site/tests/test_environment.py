from __future__ import annotations

import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from unionhall.site import environment


def test_a_database_url_becomes_settings():
    found = environment.database("postgresql://app:p%40ss@db.local:5433/hall?sslmode=require")
    assert found == {
        "ENGINE": "django.db.backends.postgresql", "NAME": "hall", "USER": "app", "PASSWORD": "p@ss",
        "HOST": "db.local", "PORT": "5433", "OPTIONS": {"sslmode": "require"},
    }  # fmt: skip


def test_a_socket_folder_is_a_host():
    assert environment.database("postgresql://app@/hall?host=/tmp/x&port=1")["HOST"] == "/tmp/x"


@pytest.mark.parametrize("url", ["sqlite:///x.db", "mysql://h/x", "hall"])
def test_other_databases_stop_the_start(url):
    with pytest.raises(ImproperlyConfigured, match="PostgreSQL"):
        environment.database(url)


def test_a_flag_is_yes_or_no_and_nothing_else(monkeypatch):
    monkeypatch.setenv("X_FLAG", "yes")
    assert environment.flag("X_FLAG") is True
    monkeypatch.setenv("X_FLAG", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="perhaps"):
        environment.flag("X_FLAG")
    monkeypatch.delenv("X_FLAG")
    assert environment.flag("X_FLAG", default=True) is True


def test_what_must_be_set_is_named(monkeypatch):
    monkeypatch.delenv("X_TEXT", raising=False)
    with pytest.raises(ImproperlyConfigured, match="X_TEXT"):
        environment.text("X_TEXT")
    with pytest.raises(ImproperlyConfigured, match="X_KEYS"):
        environment.keys("X_KEYS", {}, "field_keys")


def test_keys_are_versioned(monkeypatch):
    monkeypatch.setenv("X_KEYS", '{"1": "a", "2": "b"}')
    assert environment.keys("X_KEYS", {}, "field_keys") == {1: "a", 2: "b"}
    monkeypatch.delenv("X_KEYS")
    assert environment.keys("X_KEYS", {"field_keys": {"3": "c"}}, "field_keys") == {3: "c"}


LOGGED = """
import django, logging
django.setup()
for name in ("django.request", "unionhall"):
    logging.getLogger(name).warning("a warning of %s", name)
    logging.getLogger(name).error("an error of %s", name)
"""


def test_the_level_of_the_log_is_that_of_all_loggers():
    ran = subprocess.run(
        [sys.executable, "-c", LOGGED],
        env={**os.environ, "UNIONHALL_LOG": "ERROR"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stderr.count("an error of") == 2
    assert "a warning of" not in ran.stderr
