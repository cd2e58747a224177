"""`python migrate.py`: brings the schema to its newest revision and fills an empty database, both or neither.

It may run any number of times. Exit code 3: Postgres cannot be reached within 15 s.
"""

import os
import sys
import time
from pathlib import Path

import seed
from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, NullPool, create_engine
from sqlalchemy.exc import OperationalError

HOST = os.environ.get("POSTGRES_HOST", "postgres")
PASSWORD = Path("/run/lab/postgres_password")
DEADLINE_S = 15.0  # longer than the 5 s of the services: it is started together with Postgres, and they after it


def main() -> None:
    with _connected() as connection, connection.begin():
        alembic = Config(attributes={"connection": connection})
        alembic.set_main_option("script_location", "service:migrations")
        command.upgrade(alembic, "head")
        seeded = seed.if_empty(connection)
    print("migrate: the schema is up to date;", "seeded" if seeded else "there are users already", flush=True)


def _connected() -> Connection:
    """A connection, as soon as Postgres gives one."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        try:
            return create_engine(_url(), poolclass=NullPool).connect()
        except (FileNotFoundError, OperationalError) as error:
            if time.monotonic() > deadline:
                reason = error.orig if isinstance(error, OperationalError) else error
                print(f"migrate: Postgres cannot be reached at {HOST}:5432: {reason}", file=sys.stderr)
                sys.exit(3)
        time.sleep(0.05)


def _url() -> URL:
    # The password may be as new as the stack: the job that makes it was started a moment ago.
    password = PASSWORD.read_text().strip()
    return URL.create("postgresql+psycopg", "lab", password, HOST, 5432, "lab", {"connect_timeout": "2"})


if __name__ == "__main__":
    main()
