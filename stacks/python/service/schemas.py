"""The bodies that operations take, and what pydantic finds wrong with them in the words of the contract."""

import re
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from service.problems import FieldError, Problem
from service.strict_json import parse

MAX_ID = 2**63 - 1
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+", re.ASCII)

_CODES = {
    "extra_forbidden": "unknown",
    "missing": "required",
    "string_too_short": "length",
    "string_too_long": "length",
    "character": "character",
    "format": "format",
    "greater_than_equal": "range",
    "less_than_equal": "range",
}  # every other error of pydantic is about the type


def _without_nul(text: str) -> str:
    if "\0" in text:  # Postgres cannot keep it
        raise PydanticCustomError("character", "U+0000")
    return text


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise PydanticCustomError("format", "not an e-mail address")
    return text


def _text(shortest: int, longest: int) -> object:
    return Field(min_length=shortest, max_length=longest)


# The order is that of the codes: length, character, format.
Name = Annotated[str, _text(1, 80), AfterValidator(_without_nul)]
Bio = Annotated[str, _text(0, 500), AfterValidator(_without_nul)]
City = Annotated[str, _text(0, 80), AfterValidator(_without_nul)]
NewPassword = Annotated[str, _text(8, 128), AfterValidator(_without_nul)]
Password = Annotated[str, _text(0, 128), AfterValidator(_without_nul)]
Token = Annotated[str, _text(1, 200), AfterValidator(_without_nul)]
Email = Annotated[str, _text(3, 254), AfterValidator(_without_nul), AfterValidator(_email)]


class _Body(BaseModel):
    """Strict: no text for a number, no field that is not known."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ProfileBody(_Body):
    """What a user tells about himself."""

    bio: Bio
    city: City


class UserReplacement(_Body):
    """The body of `PUT /api/v1/users/{id}`."""

    name: Name
    email: Email
    age: Annotated[int, Field(ge=0, le=150)]
    profile: ProfileBody | None = None


class NewUser(UserReplacement):
    """The body of `POST /api/v1/users`."""

    password: NewPassword


class Credentials(_Body):
    """The body of `POST /api/v1/login`."""

    email: Email
    password: Password


class RefreshToken(_Body):
    """The body of `POST /api/v1/refresh`."""

    refresh_token: Token


class NewOrder(_Body):
    """The body of `POST /api/v1/orders`."""

    item_id: Annotated[int, Field(ge=1, le=MAX_ID)]
    quantity: Annotated[int, Field(ge=1, le=100)]


B = TypeVar("B", bound=BaseModel)


def read(model: type[B], raw: bytes) -> B:
    """The body as such a model; raises the problems `malformed-request` and `invalid-fields`."""
    value = parse(raw)
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise Problem("invalid-fields", errors=[_field_error(each) for each in found]) from None


def _field_error(error: ErrorDetails) -> FieldError:
    pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in error["loc"])
    return FieldError("body", pointer, _CODES.get(error["type"], "type"))
