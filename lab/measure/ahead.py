"""What is still to be measured of a table; what was disturbed comes once more, last of all, up to a share of it."""

from collections import deque
from collections.abc import Hashable, Iterable, Iterator
from typing import Generic, TypeVar

AGAIN_SHARE = 0.2
"""Of what there is to measure, that may come again: a host that is never steady must not keep a run for ever."""

Item = TypeVar("Item", bound=Hashable)


class Ahead(Generic[Item]):
    """Rounds or turns in the order in which they are measured; to go over them takes them away."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.left = deque(items)
        self._not_yet_again = set(self.left)
        self._may = most_again(len(self.left))

    def __iter__(self) -> Iterator[Item]:
        """Each in turn, those that came again last."""
        while self.left:
            yield self.left.popleft()

    def may_come_again(self, item: Item) -> bool:
        """Whether it has not done so yet, and not too many others have."""
        return item in self._not_yet_again and self._may > 0

    def again(self, item: Item) -> None:
        """Let it come once more, after all that is left."""
        self._not_yet_again.discard(item)
        self._may -= 1
        self.left.append(item)


def most_again(count: int) -> int:
    """Of so many, how many may come again: at least one."""
    return max(round(count * AGAIN_SHARE), 1)
