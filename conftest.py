"""Fixtures for every test: the standing cast, and a ledger that lets itself be emptied between tests."""

import pytest
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings

pytest_plugins = ["tests.cast"]

# How fast a machine is says nothing about whether a rule is right.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

SWITCH_GUARD = """
    DO $$ BEGIN
        ALTER TABLE ledger_entry %s TRIGGER ledger_refuses_truncate;
    EXCEPTION WHEN undefined_object THEN NULL;  -- tables made without migrations have no guard
    END $$
"""


@pytest.fixture(autouse=True, scope="session")
def _flush_the_ledger_too():
    """After a test with real transactions all tables are truncated, which the ledger refuses at any other time."""
    flush = TransactionTestCase._fixture_teardown

    def teardown(self):
        with connection.cursor() as cursor:
            cursor.execute(SWITCH_GUARD % "DISABLE")
            flush(self)
            cursor.execute(SWITCH_GUARD % "ENABLE")

    TransactionTestCase._fixture_teardown = teardown
    yield
    TransactionTestCase._fixture_teardown = flush
