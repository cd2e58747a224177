"""`python add_admin.py EMAIL < PASSWORD`: makes an admin, the first one of a service in production.

Exit code 2: the address or the password is none, or somebody has the address; 3: Postgres cannot be reached.
"""

import re
import sys

import psycopg
from jobs import connected, end
from service import passwords
from service.settings import Settings

PUBLISHED = "lab-password"
EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+", re.ASCII)
NEW = "INSERT INTO users (name, email, age, role, password_hash) VALUES (%s, %s, 0, 'admin', %s) RETURNING id"


def main(email: str, password: str) -> None:
    """Raises SystemExit with what is wrong."""
    if not (3 <= len(email) <= 254 and EMAIL.fullmatch(email)):  # noqa: PLR2004 - as in docs/service.md
        end(2, "an e-mail address has 3 to 254 characters, one of which is @")
    if not 8 <= len(password) <= 128:  # noqa: PLR2004
        end(2, "a password has 8 to 128 characters")
    if password == PUBLISHED:
        end(2, "everybody knows that password")
    settings = Settings.read()
    values = ("Admin", email, passwords.make(password))
    try:
        with connected(settings) as connection:
            row = connection.execute(NEW, values).fetchone()
    except psycopg.errors.UniqueViolation:
        end(2, "somebody has that address")
    except psycopg.OperationalError as error:
        end(3, str(error).strip())
    print(f"add_admin: user {row[0] if row else ''} is an admin")


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004
        end(2, "say the address, and send the password to the standard input")
    main(sys.argv[1], sys.stdin.readline().rstrip("\n"))
