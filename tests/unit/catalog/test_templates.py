import pytest
from pydantic import JsonValue

from lab.catalog import templates
from lab.model import UNIQUE

VALUES: dict[str, int | str] = {"id": 7, "name": "ada"}


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("/users/{id}", "/users/7"),
        ("{name}-{id:03}@x", "ada-007@x"),
        ("{other}", "{other}"),
        (f"note {UNIQUE}", f"note {UNIQUE}"),
        ("no place", "no place"),
    ],
)
def test_places_in_a_text_are_filled_and_those_without_a_value_stay(template: str, filled: str) -> None:
    assert templates.text(template, VALUES) == filled


@pytest.mark.parametrize(
    ("value", "filled"),
    [
        ("{id}", 7),
        ("{id:03}", "007"),
        ({"id": "{id}", "of": ["{name}", 1, None, True]}, {"id": 7, "of": ["ada", 1, None, True]}),
    ],
)
def test_a_text_that_is_one_place_becomes_the_value_itself(value: JsonValue, filled: JsonValue) -> None:
    assert templates.filled(value, VALUES) == filled


def test_open_places_are_found_however_deep_but_for_what_each_request_fills_anew() -> None:
    value: JsonValue = {"a": ["{left}", {"b": "x {deep:02}"}], "c": UNIQUE, "d": 1}
    assert [*templates.open_places(value)] == ["{left}", "{deep:02}"]
