import json
from hashlib import sha256

from lab import chain
from lab.chain import Head


def test_a_record_begins_with_the_hash_of_all_that_follows_in_it() -> None:
    record = chain.hashed(b'{"a":1}')
    assert record == b'{"sha256":"' + sha256(b'"a":1}').hexdigest().encode() + b'","a":1}'
    assert json.loads(record)["a"] == 1
    assert chain.is_whole(record)
    assert not chain.is_whole(record + b" ")
    assert not chain.is_whole(b'{"a":1}')


def test_a_line_carries_the_hash_of_the_line_before_and_the_first_none() -> None:
    first, head = chain.link(b'{"n":1}', Head())
    second, after = chain.link(b'{"n":2}', head)
    assert (head.lines, after.lines) == (1, 2)
    assert json.loads(first)["before"] == ""
    assert chain.told_before(second) == json.loads(second)["before"] == chain.told_hash(first) == head.sha256
    assert after.sha256 == json.loads(second)["sha256"]
    assert chain.is_whole(first)
    assert chain.is_whole(second)


def test_what_is_no_record_tells_nothing() -> None:
    assert chain.told_hash(b"") is None
    assert chain.told_before(b'{"before":""}') is None


def test_what_stands_behind_the_last_end_of_a_line_is_torn() -> None:
    assert chain.whole_lines(b"") == ([], b"")
    assert chain.whole_lines(b"a\nb\n") == ([b"a", b"b"], b"")
    assert chain.whole_lines(b"a\n\xffb") == ([b"a"], b"\xffb")
