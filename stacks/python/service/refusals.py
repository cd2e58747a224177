"""What a row that Postgres refused means: a problem of the contract, or an error that nobody expected."""

from sqlalchemy.exc import DBAPIError

from service.problems import Problem


def of_user(error: DBAPIError) -> Exception:
    """The problem of an address that somebody has, or of a user with orders; else the error itself."""
    if _sqlstate(error) == "23505":  # a unique index
        return Problem("email-taken")
    if _violates(error, "orders_user_id_fkey"):
        return Problem("user-has-orders")
    return error


def of_order(error: DBAPIError) -> Exception:
    """The problem of an item that there is not, or of a user whose token outlived him; else the error itself."""
    if _violates(error, "orders_item_id_fkey"):
        return Problem("not-found")
    if _violates(error, "orders_user_id_fkey"):
        return Problem("invalid-token")
    return error


def _violates(error: DBAPIError, constraint: str) -> bool:
    """Whether that foreign key refused the row, or the deletion."""
    return _sqlstate(error) == "23503" and constraint in str(error.orig)


def _sqlstate(error: DBAPIError) -> str | None:
    """Postgres's code of what happened: psycopg and SQLAlchemy's asyncpg errors both have it."""
    return getattr(error.orig, "sqlstate", None)
