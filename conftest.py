"""Fixtures for every test: the standing cast, and tables that are empty again between tests."""

import pytest
from django.conf import settings as settings_of_django
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings

from tests import emptying

pytest_plugins = ["tests.cast"]

# How fast a machine is says nothing about whether a rule is right.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(autouse=True, scope="session")
def _flush_the_ledger_too():
    """After a test with real transactions all tables are emptied, which the ledger refuses at any other time."""
    flush = TransactionTestCase._fixture_teardown

    def teardown(self):
        with connection.cursor() as cursor:
            cursor.execute(emptying.SWITCH_GUARD % {"how": "DISABLE"})
            if not emptying.empty_quickly():
                flush(self)
            cursor.execute(emptying.SWITCH_GUARD % {"how": "ENABLE"})

    TransactionTestCase._fixture_teardown = teardown
    yield
    TransactionTestCase._fixture_teardown = flush


@pytest.fixture(autouse=True, scope="session")
def _no_anchor_of_a_house(tmp_path_factory):
    """The anchor in somebody's data folder is of his ledger, not of the tests'."""
    before = settings_of_django.LEDGER_ANCHOR
    settings_of_django.LEDGER_ANCHOR = tmp_path_factory.mktemp("anchor") / "none" / "anchor.txt"
    yield
    settings_of_django.LEDGER_ANCHOR = before
