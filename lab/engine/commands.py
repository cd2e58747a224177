"""Running another program to its end, and saying in words when it fails."""

import subprocess
from collections.abc import Mapping, Sequence

from lab.errors import HostError

TAIL_LINES = 15


def run(argv: Sequence[str], *, timeout_s: float, env: Mapping[str, str] | None = None, fix: str | None = None) -> str:
    """Run `argv` and return what it printed, both streams together.

    Raises HostError with the last lines when it is missing, takes longer than `timeout_s`, or fails.
    """
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
            env=env,
            text=True,
            errors="replace",
            check=True,
        )
    except FileNotFoundError as error:
        raise HostError(f"`{argv[0]}` is not installed", where=" ".join(argv), fix=fix) from error
    except subprocess.TimeoutExpired as error:
        where = " ".join(argv)
        raise HostError(f"`{argv[0]}` took longer than {timeout_s:.0f} s", where=where, fix=fix) from error
    except subprocess.CalledProcessError as error:
        what = f"`{argv[0]}` failed with exit code {error.returncode}:\n{tail(str(error.stdout))}"
        raise HostError(what, where=" ".join(argv), fix=fix) from error
    return done.stdout


def tail(text: str, lines: int = TAIL_LINES) -> str:
    """Return the last `lines` lines of `text`, indented."""
    return "\n".join(f"  | {line}" for line in text.rstrip().splitlines()[-lines:])
