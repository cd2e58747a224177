"""How the lab tells people what it does meanwhile."""

import re
import sys
from collections.abc import Callable

Say = Callable[[str], None]
"""Told one line of progress; who calls decides where it goes."""
_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[ -/]*[0-Z\\^-~])")
"""What a terminal obeys: ECMA-48, 5.3 and 5.4, and the commands to the system that xterm has brought in."""


def aloud(message: str) -> None:
    """One line of progress on stderr, where nobody has said where it goes."""
    print(without_sequences(message), file=sys.stderr, flush=True)


def without_sequences(text: str) -> str:
    """A text of others without what a terminal would obey; its lines stay."""
    return _SEQUENCE.sub("", text)
