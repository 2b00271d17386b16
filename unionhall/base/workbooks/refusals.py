"""What the program that opens workbooks says no with."""


class RefusedError(Exception):
    """The code that the parent turns into words."""
