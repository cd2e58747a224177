import pytest
import requests
import urllib3
from docker.errors import APIError, DockerException, ImageNotFound
from docker.utils.socket import SocketError

from lab.engine.client import in_words
from lab.errors import EngineUnavailable, LabError


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectionError("refused"),
        requests.ReadTimeout("timed out"),
        urllib3.exceptions.ProtocolError("Connection broken"),
        SocketError("Unexpected EOF"),
        ConnectionResetError("reset by peer"),
    ],
)
def test_an_engine_that_answers_no_more_is_told_in_words(error: Exception) -> None:
    with pytest.raises(EngineUnavailable, match="no longer answers") as caught, in_words():
        raise error
    assert caught.value.exit_code == 3
    assert caught.value.where
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("error", [APIError("is not running"), ImageNotFound("no such image"), DockerException("odd")])
def test_what_the_engine_refuses_is_told_in_words_and_is_not_its_end(error: Exception) -> None:
    with pytest.raises(LabError) as caught, in_words():
        raise error
    assert not isinstance(caught.value, EngineUnavailable)
    assert str(error) in str(caught.value.where)


def test_an_error_of_the_labs_own_passes_as_it_is() -> None:
    mine = LabError("mine")
    with pytest.raises(LabError) as caught, in_words():
        raise mine
    assert caught.value is mine
