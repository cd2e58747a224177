"""The tables as Postgres itself has them: read by psql inside its container, past every service and cache."""

import csv
import io

from docker.models.containers import Container

from lab.engine.client import in_words
from lab.errors import LabError
from lab.orders.verdict import ItemRow, OrderRow, Rows

ORDERS = "SELECT id, user_id, item_id, quantity, idempotency_key, mode, status FROM orders ORDER BY id"
ITEMS = "SELECT id, initial_stock, stock FROM items ORDER BY id"
END = "end of the answer"
WAITING = "SELECT count(*) FROM orders WHERE status = 'accepted'"


def rows(postgres: Container) -> Rows:
    """All orders and all items. Raises LabError if psql fails."""
    return Rows(
        orders=[
            OrderRow(id=int(i), user_id=int(u), item_id=int(t), quantity=int(q), key=k, mode=m, status=s)
            for i, u, t, q, k, m, s in query(postgres, ORDERS)
        ],
        items=[ItemRow(id=int(i), initial_stock=int(n), stock=int(s)) for i, n, s in query(postgres, ITEMS)],
    )


def waiting(postgres: Container) -> int:
    """How many orders are accepted and not finished. Raises LabError if psql fails."""
    ((count,),) = query(postgres, WAITING)
    return int(count)


def query(postgres: Container, sql: str) -> list[list[str]]:
    """The rows of a query as text, asked over the local socket as the superuser.

    Raises LabError if psql fails, or if the engine hands on less than psql printed.
    """
    command = ["psql", "--username=postgres", "--dbname=lab", "--no-psqlrc", "--csv", "--tuples-only"]
    with in_words():
        status, output = postgres.exec_run([*command, "--command", sql, "--command", f"SELECT '{END}'"])
    text = output.decode("utf-8", "replace") if isinstance(output, bytes) else ""
    *rows, last = csv.reader(io.StringIO(text) if text else [""])
    if status != 0 or last != [END]:
        raise LabError("psql gave no complete answer inside the postgres container", where=text.strip()[-500:])
    return rows
