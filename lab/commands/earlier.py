"""What `lab why` found when it last asked the same of a stack, and whether what was changed since made a difference."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from lab.deploy import settings_files
from lab.diagnosis.diagnose import Outcome
from lab.diagnosis.finding import Clue
from lab.model import Stack
from lab.store import write_atomically

FILE = "found.json"
"""Beside `observed.json`, in place of what was found before."""
MOST = 100
"""Questions that are remembered beside the newest."""
MORE = 1.1
"""Times as many answers as before: what was changed has done something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateAnswer:
    """One question to a stack, and the answer."""

    workload: str
    rate: float
    duration_s: float
    settings: Mapping[str, str]
    """All that the stack's environment had, those of its variant among them."""
    files: str
    """The digest of its configuration."""
    images: Mapping[str, str]
    """Service → the id of its image."""
    answered: int
    first: Clue | None
    """What gave way first; None if nothing did, or nobody knows."""
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Two answers to one question, with something changed in between."""

    before: RateAnswer
    now: RateAnswer

    @property
    def settings(self) -> dict[str, tuple[str | None, str | None]]:
        """Those that changed: before and now; None where it was not set."""
        names = sorted({*self.before.settings, *self.now.settings})
        pairs = {name: (self.before.settings.get(name), self.now.settings.get(name)) for name in names}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

    @property
    def images(self) -> tuple[str, ...]:
        """The services whose images are other ones now."""
        before, now = self.before.images, self.now.images
        return tuple(name for name in now if name in before and before[name] != now[name])

    @property
    def configured(self) -> bool:
        """Whether its Compose files, or the files of settings that they give to its tiers, are other ones now."""
        return self.before.files != self.now.files

    @property
    def futile(self) -> bool:
        """Whether the same gave way first, with about as many answers as before."""
        one, other = self.before.first, self.now.first
        if one is None or other is None or (one.cause, one.tier) != (other.cause, other.tier):
            return False
        return self.now.answered <= MORE * self.before.answered


def digest(stack: Stack, *, within: Path) -> str:
    """Of what its Compose files say, and the files of settings that they give to its tiers, inside of a folder."""
    given = {
        file for path in stack.files for tier in stack.tiers for file in settings_files.given(path, tier, within=within)
    }
    return sha256(b"\0".join(path.read_bytes() for path in (*stack.files, *sorted(given)))).hexdigest()


def kept(folder: Path) -> tuple[RateAnswer, ...]:
    """The last answer to each question, oldest first; none where nothing was asked, or by another lab than this."""
    try:
        return _ANSWERS.validate_json((folder / FILE).read_bytes())
    except (OSError, ValidationError):
        return ()


def keep(now: RateAnswer, folder: Path) -> None:
    """Write an answer for the next time, in place of the one before to the same question. Raises OSError."""
    others = [one for one in kept(folder) if _question(one) != _question(now)]
    write_atomically(folder / FILE, _ANSWERS.dump_json((*others[-MOST:], now), indent=1).decode())


def change(now: RateAnswer, before: Iterable[RateAnswer]) -> Change | None:
    """What was changed since the same was asked before; None if it was not, or nothing was."""
    for one in before:
        if _question(one) == _question(now):
            same = (one.settings, one.files, one.images) == (now.settings, now.files, now.images)
            return None if same else Change(before=one, now=now)
    return None


def _question(found: RateAnswer) -> tuple[str, float, float]:
    return found.workload, found.rate, found.duration_s


_ANSWERS = TypeAdapter(tuple[RateAnswer, ...])
