import pytest

from lab.errors import UsageError
from lab.model.sealed import PREFIX, Sealed, require_known, reveal


def test_a_secret_is_known_to_who_reveals_it_and_printed_as_its_digest() -> None:
    sealed = Sealed("d1", secret="hunter2")
    assert f"{sealed}" == f"{PREFIX}d1"
    assert reveal(sealed) == "hunter2"
    assert reveal("4") == "4"
    require_known("PASSWORD", sealed)


def test_a_digest_that_was_read_back_from_a_run_is_refused_in_words() -> None:
    with pytest.raises(UsageError, match="the value of PASSWORD is a secret") as caught:
        require_known("PASSWORD", f"{PREFIX}d1")
    assert caught.value.fix == "begin a new run, with --set again"
