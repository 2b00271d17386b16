"""What is said when a code is not accepted."""

from __future__ import annotations

from unionhall.base.errors import Refused


class WrongCode(Refused):
    """The digits do not match, or there is no live code to match."""

    code = "wrong_code"


class TooManyTries(Refused):
    """Come back later: a limit was reached."""

    code = "too_many_tries"
