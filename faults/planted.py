"""The product with a bug planted in it: ``PLANTED`` in the environment names it."""

import os

from faults import bugs
from unionhall.site.wsgi import application

__all__ = ["application"]
bugs.plant(os.environ["PLANTED"])
