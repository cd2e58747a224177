import pytest
from service.problems import Problem
from service.strict_json import parse

WRONG = {
    "nothing": b"",
    "no JSON": b"{",
    "not UTF-8": b'{"a":"\xff"}',
    "an encoded surrogate": b'{"a":"\xed\xa0\x80"}',
    "byte order mark": b"\xef\xbb\xbf{}",
    "two values": b"{}{}",
    "an array": b"[]",
    "a number": b"1",
    "null": b"null",
    "a name twice": b'{"a":1,"a":1}',
    "a name twice, once escaped": b'{"a":1,"\\u0061":1}',
    "a name twice inside": b'{"a":[{"b":1,"b":2}]}',
    "half a pair": b'{"a":"\\ud800"}',
    "half a pair in a name": b'{"\\udc00":1}',
    "half a pair inside": b'{"a":{"b":["\\ud800"]}}',
    "NaN": b'{"a":NaN}',
    "Infinity": b'{"a":-Infinity}',
    "leading zero": b'{"a":01}',
    "plus": b'{"a":+1}',
    "bare point": b'{"a":1.}',
    "single quotes": b"{'a':1}",
    "trailing comma": b'{"a":1,}',
    "comment": b"{}//",
    "control character": b'{"a":"\n"}',
    "form feed around": b"\x0c{}",
    "17 deep": b'{"a":' + b"[" * 16 + b"]" * 16 + b"}",
    "very deep": b'{"a":' + b"[" * 8000 + b"]" * 8000 + b"}",
}


@pytest.mark.parametrize("raw", WRONG.values(), ids=WRONG.keys())
def test_what_is_no_strict_json_object_is_malformed(raw: bytes) -> None:
    with pytest.raises(Problem, match="malformed-request"):
        parse(raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b" {}\r\n", {}),
        (b'{"a":"\\ud83d\\ude00"}', {"a": "😀"}),
        (b'{"a":"\\u0000"}', {"a": "\0"}),
        ('{"é":"\u2028\x7f"}'.encode(), {"é": "\u2028\x7f"}),
        (b'{"a":-0,"b":1.0,"c":1e2}', {"a": 0, "b": 1.0, "c": 100.0}),
        (b'{"a":' + b"[" * 15 + b"]" * 15 + b"}", None),
    ],
)
def test_what_is_strict_json_is_read(raw: bytes, value: object) -> None:
    assert value is None or parse(raw) == value
    parse(raw)


def test_a_number_of_thousands_of_digits_is_only_a_large_number() -> None:
    assert parse(b'{"a":' + b"9" * 10_000 + b"}")["a"] > 2**64
    assert parse(b'{"a":-' + b"9" * 10_000 + b"}")["a"] < -(2**64)
