"""How a line of the log is written: JSON for machines or plain for a reader, and nothing of a person in either.

A request's number stands in each line that is written while it is served. A text that comes from elsewhere (an argument,
what an error says) loses what may be of a person: numbers of five digits and more, all but ASCII, what stands in quotes.
Of an error its kind and places are told; of the database's, SQLSTATE and constraint, never the row that it quotes.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import sys
import traceback
import uuid
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import TextIO

import orjson
import psycopg
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
JSON, PLAIN = "json", "plain"
QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
OURS = re.compile(r".[a-z]+(_[a-z0-9]+)+.")  # the name of a table, a column, a constraint
NUMBERS = re.compile(r"\+?\d(?:[ -]?\d){4,}")
FOREIGN = re.compile(r"[^\x20-\x7e]+")
DEEPEST = 12  # places of an error, the innermost
LONGEST = 500  # signs of a text from elsewhere
SAFE = (int, float, bool, type(None), uuid.UUID)


def request_id() -> str:
    """The number of the request that is being served; nothing outside of one."""
    return REQUEST_ID.get()


def without_persons(text: str) -> str:
    """A text that may say something of a person, without that."""
    text = QUOTED.sub(_unquoted, text[:LONGEST])
    return FOREIGN.sub("…", NUMBERS.sub("#", text))


def _unquoted(found: re.Match[str]) -> str:
    return found[0] if OURS.fullmatch(found[0]) else "'…'"


def told_of_error(error: BaseException) -> dict[str, object]:
    """Its kind, what it says without persons, where it was, and what it came from."""
    told: dict[str, object] = {"error": f"{type(error).__module__}.{type(error).__qualname__}"}
    told |= _of_database(error) or {"said": without_persons(str(error))}
    told["at_lines"] = list(_places(error))
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return told | ({"cause": told_of_error(cause)} if cause else {})


def _of_database(error: BaseException) -> dict[str, object] | None:
    """What PostgreSQL says beside its text, which may quote a whole row; Django's error stands before psycopg's."""
    asked = error if isinstance(error, psycopg.Error) else error.__cause__
    if not isinstance(asked, psycopg.Error):
        return None
    diagnosis = asked.diag
    return {
        "sqlstate": asked.sqlstate or "",
        "constraint": diagnosis.constraint_name or "",
        "said": without_persons(diagnosis.message_primary or ""),
    }


def _places(error: BaseException) -> Iterator[str]:
    for frame in traceback.extract_tb(error.__traceback__)[-DEEPEST:]:
        name = frame.filename.partition("site-packages/")[2] or frame.filename
        yield f"{name[name.rfind('unionhall/') :] if 'unionhall/' in name else name}:{frame.lineno} {frame.name}"


class LineFormatter(logging.Formatter):
    """For the handler in the settings' LOGGING: every logger's lines in one form."""

    def __init__(self, *, form: str = JSON) -> None:
        super().__init__()
        self._write = WRITERS[form]

    def format(self, record: logging.LogRecord) -> str:
        """One line; logging would put the text of an error below it."""
        told: dict[str, object] = {"level": record.levelname.lower(), "event": _said(record)}
        told["logger"] = record.name
        if record.exc_info and (error := record.exc_info[1]):
            told |= told_of_error(error)
        return self._write(None, "", _stamped(None, "", _numbered(None, "", told))).decode()


def _said(record: logging.LogRecord) -> str:
    """What a logger says: its own words stand in the source, what it puts into them comes from elsewhere."""
    if not isinstance(record.args, tuple) or not record.args:
        return without_persons(record.getMessage())
    if hasattr(record, "status_code"):  # Django's "Internal Server Error: /whose/address"
        return str(record.args[0])
    return str(record.msg) % tuple(
        one if isinstance(one, SAFE) else without_persons(str(one)) for one in record.args
    )


def _numbered(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    if number := REQUEST_ID.get():
        event.setdefault("request_id", number)
    return event


def _stamped(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    return {"at": now, **event}


def as_json(_logger: WrappedLogger, _name: str, event: EventDict) -> bytes:
    """One line of JSON."""
    return orjson.dumps(event, default=str)


def as_plain(_logger: WrappedLogger, _name: str, event: EventDict) -> bytes:
    """One line for a reader: moment, level, what, then ``name=value``; the places of an error below it."""
    lines = event.pop("at_lines", [])
    event.pop("cause", None)
    head = f"{event.pop('at')} {event.pop('level', 'info'):<7} {event.pop('event', '')}"
    rest = [f"{name}={value}" for name, value in event.items()]
    return "\n    ".join([" ".join([head, *rest]), *lines]).encode()


WRITERS: dict[str, Callable[[WrappedLogger, str, EventDict], bytes]] = {
    JSON: as_json,
    PLAIN: as_plain,
}


def own_log(
    *, form: str, level: str, file: TextIO | None = None
) -> structlog.typing.FilteringBoundLogger:
    """The log for what we say in names and values, straight to standard error: no person's words go in."""
    stream = (file or sys.stderr).buffer
    chain: list[Processor] = [structlog.processors.add_log_level, _numbered, _stamped]
    log: structlog.typing.FilteringBoundLogger = structlog.wrap_logger(
        structlog.BytesLogger(stream),
        processors=[*chain, WRITERS[form]],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=True,
    )
    return log
