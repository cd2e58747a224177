from typing import Annotated, Any, Literal

import pytest
from pydantic import AfterValidator, BaseModel, Field, JsonValue, ValidationError

from lab.catalog import mistakes


def refuse(value: int) -> int:
    message = "is not a number that anybody wants"
    raise ValueError(message)


class File(BaseModel):
    whole: int = Field(default=1, ge=1, lt=10)
    number: float = Field(default=1, gt=0, le=5, allow_inf_nan=False)
    yes: bool = True
    text: str = Field(default="a", min_length=1, pattern="^[a-z]*$")
    items: list[int] = Field(default=[1], min_length=1, max_length=2)
    two: tuple[int, ...] = ()
    keys: dict[str, int] = {}
    inner: "File | None" = None
    pins: Literal["seed", "current"] = "seed"
    anything: JsonValue = None
    unwanted: Annotated[int, AfterValidator(refuse)] = 0


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("whole", "two", "must be a whole number"),
        ("whole", None, "must be a whole number"),
        ("whole", 1.5, "must be a whole number"),
        ("whole", "1" * 5000, "is larger than any number that is meant here"),
        ("whole", 0, "must be at least 1"),
        ("whole", 10, "must be less than 10"),
        ("number", "much", "must be a number"),
        ("number", [], "must be a number"),
        ("number", float("nan"), "must be a number that has an end"),
        ("number", 0, "must be greater than 0"),
        ("number", 6, "must be at most 5"),
        ("yes", "perhaps", "must be true or false"),
        ("yes", [], "must be true or false"),
        ("text", 5, "must be a text: write it in quotes"),
        ("text", "", "must not be empty"),
        ("text", "A", "must have the form ^[a-z]*$"),
        ("items", "a", "must be a list"),
        ("items", [], "needs at least 1, and has 0"),
        ("items", [1, 2, 3], "takes at most 2, and has 3"),
        ("two", "a", "must be a list"),
        ("keys", [], "must be a mapping of keys to values"),
        ("inner", 5, "must be a mapping of keys to values"),
        ("pins", "old", "must be 'seed' or 'current'"),
        ("unwanted", 5, "is not a number that anybody wants"),
    ],
)
def test_what_is_wrong_is_said_in_the_houses_words(key: str, value: Any, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        File.model_validate({key: value})
    assert [mistakes.words(one) for one in caught.value.errors()] == [said]


def test_a_kind_that_is_not_known_keeps_its_own_sentence() -> None:
    assert mistakes.words({"type": "new", "msg": "Odd"}) == "is wrong: Odd"
