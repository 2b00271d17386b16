"""The product's settings, with the routes of the floor."""

from unionhall.site.settings import *  # noqa: F403

ROOT_URLCONF = "bench._plain"
