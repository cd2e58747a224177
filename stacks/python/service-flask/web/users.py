"""Users: one, pages of them, and what admins do to them."""

from collections.abc import Callable
from typing import TypeVar

from flask import Blueprint, Response, request
from service import answers, headers, passwords, queries, refusals
from service.paging import page, path_id
from service.problems import Problem
from service.schemas import NewUser, UserReplacement
from service.users_cache import page_key, user_key
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from web.intake import answer, body, enter, has_gone, nothing
from web.parts import parts

T = TypeVar("T")
blueprint = Blueprint("users", __name__, url_prefix="/api/v1/users")


@blueprint.get("")
def list_users() -> Response:
    """A page of users."""
    enter(token=True, admin=True)
    wanted = page(request.query_string.decode("latin-1"))
    if isinstance(wanted, Problem):
        raise wanted

    def load() -> bytes:
        with parts().reading() as session:
            rows = session.scalars(queries.USERS, {"after": wanted.after, "limit": wanted.limit + 1}).all()
            return answers.page(rows, wanted.limit)

    content = parts().driver.run(parts().users.read(page_key(wanted)), load)
    return _negotiated(content, answers.page_protobuf)


@blueprint.post("")
def create_user() -> Response:
    """A new user, with the role `user`."""
    enter(token=True, admin=True)
    new = body(NewUser)
    row = queries.new_user(new, passwords.make(new.password, has_gone))
    _write(lambda session: _add(session, row))
    return _negotiated(answers.user(row), answers.user_protobuf, 201, f"/api/v1/users/{row.id}")


@blueprint.get("/<number>")
def get_user(number: str) -> Response:
    """A user, for himself and admins."""
    passage = enter(token=True)
    user_id = path_id(number)
    passage.allow(user_id)

    def load() -> bytes:
        with parts().reading() as session:
            row = session.scalar(queries.USER, {"id": user_id})
        if row is None:
            raise Problem("not-found")
        return answers.user(row)

    content = parts().driver.run(parts().users.read(user_key(number)), load)
    return _negotiated(content, answers.user_protobuf)


@blueprint.put("/<number>")
def replace_user(number: str) -> Response:
    """Other values for all that a user may have set."""
    enter(token=True, admin=True)
    user_id = path_id(number)
    replacement = body(UserReplacement)
    row = _write(lambda session: _replace(session, user_id, replacement), user_id)
    return _negotiated(answers.user(row), answers.user_protobuf)


@blueprint.delete("/<number>")
def delete_user(number: str) -> Response:
    """The end of a user without orders."""
    enter(token=True, admin=True)
    user_id = path_id(number)
    _write(lambda session: _delete(session, user_id), user_id)
    return nothing()


def _add(session: Session, row: queries.User) -> None:
    session.add(row)
    session.flush()


def _replace(session: Session, user_id: int, replacement: UserReplacement) -> queries.User:
    role = session.scalar(queries.replace_user(user_id, replacement))
    if role is None:
        raise Problem("not-found")
    session.execute(queries.replace_profile(user_id, replacement))
    return queries.replaced_user(user_id, role, replacement)


def _delete(session: Session, user_id: int) -> None:
    if session.scalar(queries.DELETE_USER, {"id": user_id}) is None:
        raise Problem("not-found")
    parts().driver.run(parts().sessions.lock(user_id))  # before the commit: then no token outlives him


def _write(work: Callable[[Session], T], user_id: int | None = None) -> T:
    """Does the work in a transaction, and makes what it changes unknown to the cache before it and after it."""
    run, cache = parts().driver.run, parts().users
    run(cache.before_write(user_id))
    try:
        with parts().writing() as session:
            return work(session)
    except IntegrityError as error:
        raise refusals.of_user(error) from error
    finally:
        run(cache.after_write(user_id))


def _negotiated(
    content: bytes, protobuf: Callable[[bytes], bytes], status: int = 200, location: str | None = None
) -> Response:
    """The answer in JSON, or in Protobuf where the request asks for it."""
    if headers.wants_protobuf(request.headers.get("Accept")):
        response = answer(protobuf(content), status, location)
        response.headers["Content-Type"] = headers.PROTOBUF
    else:
        response = answer(content, status, location)
    response.headers["Vary"] = "Accept"
    return response
