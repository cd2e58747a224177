"""What Redis has of a session and its user, made without signing in: a token made by hand is good while it is there."""

import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Self

from docker.models.containers import Container

ANSWER_WITHIN_S = 5
KEPT_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """A Redis: on a bridge of this host also from outside of its network."""

    address: str
    password: str

    @classmethod
    def of(cls, container: Container, password: str) -> Self:
        """Those of a container, which may have another address after each start."""
        container.reload()
        (network,) = container.attrs["NetworkSettings"]["Networks"].values()
        return cls(address=network["IPAddress"], password=password)

    def put(self, claims: Mapping[str, object]) -> None:
        """Put the session and the user of a token on record; where Redis does not answer, nobody has a record."""
        session, user, role = claims["sid"], claims["sub"], claims["role"]
        lines = (
            f"AUTH {self.password}",
            f'HSET session:{session} user {user} refresh "1 made-by-hand"',
            f"EXPIRE session:{session} {KEPT_S}",
            f"SET account:{user} {role} EX {KEPT_S}",
            "QUIT",
        )
        with suppress(OSError), socket.create_connection((self.address, 6379), timeout=ANSWER_WITHIN_S) as connection:
            connection.sendall("".join(f"{line}\r\n" for line in lines).encode())
            while connection.recv(4096):
                pass
