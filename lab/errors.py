"""Everything that can go wrong in words a user can act on, and the exit code each kind ends with.

::

    LabError                    1  failure
    ├── UsageError              2  the command line, or a file the user wrote, is wrong
    │   ├── UnknownName         2  no such stack, variant, workload, table … (suggests the nearest)
    │   └── InvalidFile         2  every mistake in the project's files at once, each with file and key
    ├── HostError               3  this machine lacks something: an engine, a port, cores
    │   ├── EngineUnavailable   3  no Docker engine answers, or its client lacks Compose v2
    │   ├── PortTaken           3  another process listens where a stack was to
    │   └── HostBusy            3  another lab process is measuring
    ├── Unhealthy               4  a stack did not become healthy, or answers wrongly
    ├── ThresholdCrossed        5  a threshold or a regression
    ├── EditedRun               1  files of a run are not as they were written
    ├── NotYet                  6  a check of a lesson does not hold yet
    ├── Inconclusive            7  too noisy to say
    ├── BrokenPromise           8  something that was acknowledged is lost, or done twice
    └── Interrupted           130  Ctrl-C

An error says *what* went wrong, *where*, and what to do *next*. A traceback is a bug.
"""

import difflib
from collections.abc import Iterable, Sequence


class LabError(Exception):
    """Base of all errors that the lab expects. `what` is a sentence, `where` a place, `fix` the next step."""

    exit_code = 1

    def __init__(self, what: str, *, where: str | None = None, fix: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        """The three parts, one a line, those that are known."""
        lines = [self.what]
        if self.where:
            lines.append(f"  where: {self.where}")
        if self.fix:
            lines.append(f"  next:  {self.fix}")
        return "\n".join(lines)


class UsageError(LabError):
    """The command line, or a file the user wrote, is wrong."""

    exit_code = 2


ALIKE, ALIKE_IF_SHORT = 0.78, 0.65
"""How much of two names must be the same for one to be a typo of the other: nope is not openresty. Two letters that
changed places are a third of a short name: gni is gin."""
SHORT = 4


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name of which another one is probably a typo; None where none is spelt alike."""
    cutoff = ALIKE_IF_SHORT if len(name) <= SHORT else ALIKE
    return next(iter(difflib.get_close_matches(name, sorted(set(known)), n=1, cutoff=cutoff)), None)


def meant(name: str, known: Iterable[str]) -> str:
    """What ends a message about an unknown name: the one that was probably meant, or nothing."""
    near = nearest(name, known)
    return f": did you mean {near!r}?" if near else ""


class UnknownName(UsageError):
    """A name that is not in the catalogue; says which one was probably meant, or all."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, where: str | None = None) -> None:
        names = sorted(set(known))
        self.nearest = nearest(name, names)
        fix = f"did you mean {self.nearest!r}?" if self.nearest else f"known: {', '.join(names) or 'none'}"
        super().__init__(f"there is no {kind} named {name!r}", where=where, fix=fix)


class InvalidFile(UsageError):
    """Files of the project that do not say what they must: all mistakes of all files at once."""

    def __init__(self, mistakes: Sequence[str], *, of: str = "the project's files") -> None:
        count = f"{len(mistakes)} mistake" + ("s" if len(mistakes) != 1 else "")
        super().__init__("\n".join([f"{count} in {of}:", *(f"  {m}" for m in mistakes)]))
        self.mistakes = tuple(mistakes)


class HostError(LabError):
    """This machine lacks something that the command needs."""

    exit_code = 3


class EngineUnavailable(HostError):
    """No Docker engine answers, or the client cannot speak Compose v2."""


class PortTaken(HostError):
    """Another process listens on the port that a stack was to publish."""


class HostBusy(HostError):
    """Another lab process is measuring, and a second load would spoil both."""


class Unhealthy(LabError):
    """A stack did not become healthy, or does not answer as its contract says."""

    exit_code = 4


class ThresholdCrossed(LabError):
    """A measured figure is beyond a threshold, or has become worse."""

    exit_code = 5


class EditedRun(LabError):
    """Files of a run are not as the lab wrote them."""


class NotYet(LabError):
    """A check of a lesson does not hold yet."""

    exit_code = 6


class Inconclusive(LabError):
    """The machine is too noisy for the question that was asked."""

    exit_code = 7


class BrokenPromise(LabError):
    """A service did not keep what it had acknowledged: an order is lost, done twice, or not the one that was sent."""

    exit_code = 8


class Interrupted(LabError):
    """The user pressed Ctrl-C; what this call started has been taken down."""

    exit_code = 130
