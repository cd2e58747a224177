"""`python migrate.py`: brings the schema to its newest revision and fills an empty database, both or neither.

It works as the schema's owner, whose password no service has, and may run any number of times. With APP_ENV=production
it makes no accounts, and refuses a database in which somebody has the published password: add_admin.py makes the first
admin. Exit code 2: APP_ENV is wrong, or there are such accounts; 3: Postgres cannot be reached within 15 s.
"""

import os
import time
from pathlib import Path

import seed
from alembic import command
from alembic.config import Config
from jobs import end
from service.settings import ENVIRONMENTS
from sqlalchemy import URL, Connection, NullPool, create_engine
from sqlalchemy.exc import OperationalError

HOST = os.environ.get("POSTGRES_HOST", "postgres")
APP_ENV = os.environ.get("APP_ENV", ENVIRONMENTS[0])
PASSWORD = Path("/run/lab-owner/postgres_owner_password")
DEADLINE_S = 15.0  # longer than the 5 s of the services: it is started together with Postgres, and they after it


def main() -> None:
    if APP_ENV not in ENVIRONMENTS:
        end(2, f"APP_ENV={APP_ENV!r}: must be one of {', '.join(ENVIRONMENTS)}")
    in_production = APP_ENV == "production"
    with _connected() as connection, connection.begin():
        alembic = Config(attributes={"connection": connection})
        alembic.set_main_option("script_location", "service:migrations")
        command.upgrade(alembic, "head")
        if in_production and (count := seed.published(connection)):
            end(2, f"{count} accounts have the published password: not with APP_ENV=production")
        seeded = seed.if_empty(connection, accounts=not in_production)
    print(
        "migrate: the schema is up to date;", f"seeded {' and '.join(seeded)}" if seeded else "nothing was to be seeded"
    )


def _connected() -> Connection:
    """A connection, as soon as Postgres gives one."""
    deadline = time.monotonic() + DEADLINE_S
    while True:
        try:
            return create_engine(_url(), poolclass=NullPool).connect()
        except (FileNotFoundError, OperationalError) as error:
            if time.monotonic() > deadline:
                reason = error.orig if isinstance(error, OperationalError) else error
                end(3, f"Postgres cannot be reached at {HOST}:5432: {reason}")
        time.sleep(0.05)


def _url() -> URL:
    # The password may be as new as the stack: the job that makes it was started a moment ago.
    password = PASSWORD.read_text().strip()
    return URL.create("postgresql+psycopg", "lab_owner", password, HOST, 5432, "lab", {"connect_timeout": "2"})


if __name__ == "__main__":
    main()
