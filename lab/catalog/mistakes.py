"""What is wrong with a value in a file of the project, in the house's words and not in those of pydantic."""

from collections.abc import Mapping
from typing import Any

WHOLE = "must be a whole number"
NUMBER = "must be a number"
MAPPING = "must be a mapping of keys to values"

_WORDS = {
    "missing": "is missing",
    "int_type": WHOLE,
    "int_parsing": WHOLE,
    "int_from_float": WHOLE,
    "int_parsing_size": "is larger than any number that is meant here",
    "float_type": NUMBER,
    "float_parsing": NUMBER,
    "finite_number": "must be a number that has an end",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be a text: write it in quotes",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": MAPPING,
    "model_type": MAPPING,
    "model_attributes_type": MAPPING,
    "invalid-json-value": "must be what JSON can say: texts, numbers, lists and mappings",
    "literal_error": "must be {expected}",
    "greater_than": "must be greater than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "less_than": "must be less than {lt:g}",
    "less_than_equal": "must be at most {le:g}",
    "too_short": "needs at least {min_length}, and has {actual_length}",
    "too_long": "takes at most {max_length}, and has {actual_length}",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "must have the form {pattern}",
    "value_error": "{error}",
}
"""pydantic's kind of mistake → ours; what stands in braces is what pydantic knows of it."""


def words(mistake: Mapping[str, Any]) -> str:
    """What one of pydantic's mistakes says; of a kind that is not known here pydantic's own sentence."""
    known = _WORDS.get(mistake["type"])
    return known.format(**mistake.get("ctx", {})) if known else f"is wrong: {mistake['msg']}"
