"""What tiers are called: free words, of which one that is nearly a known word is probably a typo."""

from collections.abc import Iterable, Iterator

from lab.deploy.survey import KINDS
from lab.errors import SHORT, nearest
from lab.host.say import Say
from lab.model import Stack


def tell(stack: Stack, others: Iterable[Stack], *, say: Say) -> None:
    """Say what is doubtful."""
    for hint in doubtful(stack, others):
        say(hint)


def doubtful(stack: Stack, others: Iterable[Stack]) -> list[str]:
    """For people: each tier of a stack whose word is no known one, and nearly is; known are those of other stacks, too.

    Any word may stand there, so that this is a hint and no mistake.
    """
    known = {word for words in KINDS.values() for word in words}
    known |= {word for other in others if other.name != stack.name for word in _words(other.tiers.values())}
    return [
        f"{stack.name}: tiers.{tier}: {word!r} is no word that the lab knows. If it is a typo of {near!r}, change it"
        for tier, what in stack.tiers.items()
        for word in _words([what])
        if (near := _near(word, known)) is not None
    ]


def _words(tiers: Iterable[str]) -> Iterator[str]:
    """`gunicorn+flask` are two."""
    for what in tiers:
        yield from (word.strip().lower() for word in what.split("+"))


def _near(word: str, known: set[str]) -> str | None:
    """The known word that was probably meant; not for one that only goes on, or ends early: postgresql, rabbit."""
    near = None if len(word) <= SHORT or word in known else nearest(word, known)
    longer = near is not None and (word.startswith(near) or (near.startswith(word) and len(near) > len(word) + 1))
    return None if longer else near
