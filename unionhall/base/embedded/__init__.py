"""A PostgreSQL of our own: the programs of a wheel under a launcher of ours."""

from unionhall.base.embedded.place import EmbeddedError
from unionhall.base.embedded.programs import Installation
from unionhall.base.embedded.recovery import recover
from unionhall.base.embedded.server import Server, discard, start

__all__ = ["EmbeddedError", "Installation", "Server", "discard", "recover", "start"]
