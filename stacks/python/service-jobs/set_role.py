"""`python set_role.py USER ROLE`: gives a user another role, and ends what he may do by the old one at once.

Exit code 2: the arguments are wrong; 3: Postgres or Redis cannot be reached, and nothing was changed.
"""

import sys

import psycopg
import redis
from jobs import connected, end
from service.accounts import LOCKED_S, lock
from service.settings import Settings


def main(user: str, role: str) -> None:
    """Raises SystemExit with what is wrong."""
    settings = Settings.read()
    try:
        with connected(settings) as connection:
            changed = connection.execute("UPDATE users SET role = %s WHERE id::text = %s RETURNING id", (role, user))
            row = changed.fetchone()
            if row is None:
                end(2, f"there is no user {user}")
            with redis.Redis(settings.redis_host, password=settings.redis_password) as client:
                client.execute_command(*lock(row[0]))  # before the commit: then no token outlives the role
    except (psycopg.OperationalError, redis.RedisError) as error:
        end(3, str(error).strip())
    print(f"set_role: user {user} is {role} now, and may sign in again in {LOCKED_S} s")


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[2] not in {"user", "admin"}:  # noqa: PLR2004
        end(2, "USER must be a user's id, and ROLE user or admin")
    main(*sys.argv[1:])
