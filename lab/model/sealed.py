"""A text that is shown and stored as a digest, and whose secret only the process that was given it knows."""

from typing import Self

from lab.errors import UsageError

PREFIX = "hmac-sha256:"


class Sealed(str):
    """The digest as text, wherever it is printed, labelled or stored; `secret` is what it stands for."""

    __slots__ = ("secret",)
    secret: str

    def __new__(cls, digest: str, *, secret: str) -> Self:
        """Seal `secret` under its digest."""
        sealed = super().__new__(cls, f"{PREFIX}{digest}")
        sealed.secret = secret
        return sealed


def reveal(value: str) -> str:
    """The text that a setting stands for."""
    return value.secret if isinstance(value, Sealed) else value


def require_known(name: str, value: str) -> None:
    """Raise UsageError for a digest that was read back from a file: its secret is not known here."""
    if not isinstance(value, Sealed) and value.startswith(PREFIX):
        raise UsageError(
            f"the value of {name} is a secret, of which a run keeps the digest only",
            where=f"{name}={value}",
            fix="begin a new run, with --set again",
        )
