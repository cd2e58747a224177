"""What the jobs have in common: the services' way into Postgres, and an end that says why."""

import sys
from pathlib import Path
from typing import NoReturn

import psycopg
from service.settings import Settings

CONNECT_TIMEOUT_S = 3


def connected(settings: Settings) -> psycopg.Connection[tuple[object, ...]]:
    """A connection as the services' role. Raises OperationalError."""
    return psycopg.connect(
        host=settings.postgres_host,
        user="lab",
        dbname="lab",
        password=settings.postgres_password,
        connect_timeout=CONNECT_TIMEOUT_S,
    )


def end(code: int, why: str) -> NoReturn:
    """End with an exit code, and with the job's name and the reason on the standard error."""
    print(f"{Path(sys.argv[0]).stem}: {why}", file=sys.stderr)
    sys.exit(code)
