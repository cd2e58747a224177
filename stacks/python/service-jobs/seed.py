"""The data that every lab starts with: the same everywhere, because everything follows from the number."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, text

USERS = 10_000
ITEMS = 1_000

# Argon2id of `lab-password` with the parameters of docs/service.md and the salt `salt-of-the-lab!`. One hash for all:
# 10,000 of them would take minutes.
LAB_PASSWORD = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdC1vZi10aGUtbGFiIQ$L5iFNvyzqEJaZF/7IGtQ4H+9dFbfBORfLL4DXlaMjWA"  # noqa: S105

NAMES = ("Ada", "Grace", "Edsger", "Barbara", "Donald", "Frances", "Niklaus", "Radia", "Tony", "Margaret")
CITIES = ("Lisbon", "Zürich", "Kyoto", "Nairobi", "Montréal", "Kraków", "Valparaíso")

HAS_ROWS = {
    "users": text("SELECT EXISTS (SELECT FROM users)"),
    "items": text("SELECT EXISTS (SELECT FROM items)"),
}

Row = tuple[int | str, ...]


def if_empty(connection: Connection, *, accounts: bool) -> list[str]:
    """Fill items, and users where accounts with a published password may be, each where it is empty; says which."""
    seeded = []
    if accounts and _is_empty(connection, "users"):
        _copy(connection, "users (id, name, email, age, role, password_hash)", map(_user, range(1, USERS + 1)))
        _copy(connection, "profiles (user_id, bio, city)", map(_profile, _with_profile(range(1, USERS + 1))))
        connection.execute(text(f"ALTER TABLE users ALTER COLUMN id RESTART WITH {USERS + 1}"))
        connection.execute(text("ANALYZE users, profiles"))
        seeded.append("users")
    if _is_empty(connection, "items"):
        _copy(connection, "items (id, name, price_cents, initial_stock, stock)", map(_item, range(1, ITEMS + 1)))
        connection.execute(text(f"ALTER TABLE items ALTER COLUMN id RESTART WITH {ITEMS + 1}"))
        connection.execute(text("ANALYZE items"))
        seeded.append("items")
    return seeded


def published(connection: Connection) -> int:
    """How many accounts have the password that everybody can read above."""
    count = connection.scalar(text("SELECT count(*) FROM users WHERE password_hash = :hash"), {"hash": LAB_PASSWORD})
    return int(count or 0)


def _is_empty(connection: Connection, table: str) -> bool:
    return not connection.scalar(HAS_ROWS[table])


def _copy(connection: Connection, table: str, rows: Iterable[Row]) -> None:
    """COPY: one statement and one stream, a hundred times as fast as an INSERT for each row."""
    with connection.connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _pick(choices: Sequence[str], number: int) -> str:
    return choices[number % len(choices)]


def _user(number: int) -> Row:
    name = "Ada" if number == 1 else f"{_pick(NAMES, number - 1)} {number:05}"
    role = "admin" if number % 10 == 1 else "user"
    return number, name, f"user{number:05}@example.org", 18 + number * 7 % 63, role, LAB_PASSWORD


def _with_profile(numbers: Iterable[int]) -> Iterable[int]:
    return (number for number in numbers if number % 10)


def _profile(number: int) -> Row:
    return (
        number,
        f"Number {number} of the lab's users. " + "Likes short answers. " * (number % 4),
        _pick(CITIES, number),
    )


def _item(number: int) -> Row:
    stock = {0: 0, 99: 3}.get(number % 100, 1_000_000_000)
    return number, f"Item {number:04}", 1000 + number, stock, stock
