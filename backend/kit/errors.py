"""The two kinds of no: a refusal (the business says no) and a bug (anything else)."""

import re


class Refused(Exception):
    """The request was understood and turned down."""

    code = "REFUSED"

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or " ".join((self.__doc__ or "").split()))

    def __init_subclass__(cls) -> None:
        assert cls.__doc__, f"{cls.__name__}: the docstring is what the member reads"
        cls.code = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).upper()


class Overtaken(Refused):
    """Something else happened at the same moment. Please try again.

    `transact` runs the verb again by itself: the second time it sees what happened.
    """


class InvalidInput(Refused):
    """That value cannot be used."""

    def __init__(self, field: str, message: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class NotFound(Refused):
    """There is no such thing, or it is not yours to see."""
