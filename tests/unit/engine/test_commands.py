import sys

import pytest

from lab.engine.commands import run, tail
from lab.errors import HostError


def test_both_streams_are_returned() -> None:
    code = "import sys; print('out', flush=True); print('err', file=sys.stderr)"
    assert run([sys.executable, "-c", code], timeout_s=60).split() == ["out", "err"]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["no-such-program"], "is not installed"),
        ([sys.executable, "-c", "print('why'); raise SystemExit(4)"], "exit code 4:\n  | why"),
    ],
)
def test_a_failure_says_what_where_and_what_next(argv: list[str], message: str) -> None:
    with pytest.raises(HostError, match="`") as caught:
        run(argv, timeout_s=60, fix="try again")
    assert message in caught.value.what
    assert argv[0] in (caught.value.where or "")
    assert caught.value.fix == "try again"


def test_a_command_that_takes_too_long_is_ended_and_named() -> None:
    with pytest.raises(HostError, match="`sleep` took longer than") as caught:
        run(["sleep", "infinity"], timeout_s=0.05, fix="try again")
    assert "sleep" in (caught.value.where or "")
    assert caught.value.fix == "try again"


def test_tail_keeps_the_last_lines() -> None:
    assert tail("a\nb\nc\n", lines=2) == "  | b\n  | c"
