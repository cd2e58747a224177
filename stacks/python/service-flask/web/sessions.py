"""Signing in, staying signed in, signing out."""

from flask import Blueprint, Response
from service import passwords, queries
from service.problems import Problem
from service.schemas import Credentials, RefreshToken
from service.steps import Unreachable

from web.intake import answer, body, enter, has_gone, nothing
from web.parts import parts

blueprint = Blueprint("sessions", __name__, url_prefix="/api/v1")


@blueprint.post("/login")
def login() -> Response:
    """An address and its password for the tokens of a new session."""
    passage = enter()
    credentials = body(Credentials)
    if passage.redis_down:
        raise Unreachable
    parts().driver.run(parts().sessions.attempt(credentials.email))
    with parts().reading() as session:
        user = session.execute(queries.SIGN_IN, {"email": credentials.email}).first()
    # After the connection went back: a password takes longer than the question.
    known = user.password_hash if user else None
    if not passwords.verify(known, credentials.password, has_gone) or user is None:
        raise Problem("invalid-credentials")
    return answer(parts().driver.run(parts().sessions.start(user.id, user.role)))


@blueprint.post("/refresh")
def refresh() -> Response:
    """A refresh token for the next tokens of its session."""
    enter()
    token = body(RefreshToken).refresh_token
    return answer(parts().driver.run(parts().sessions.rotate(token), _role))


@blueprint.post("/logout")
def logout() -> Response:
    """Ends the session, and with it the token that is still good for some minutes."""
    passage = enter(token=True)
    parts().driver.run(parts().sessions.end(passage.user))
    return nothing()


def _role(user_id: int) -> str | None:
    with parts().reading() as session:
        return session.scalar(queries.ROLE, {"id": user_id})
