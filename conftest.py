"""Fixtures for every test: the standing cast."""

pytest_plugins = ["tests.cast"]
