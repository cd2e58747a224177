"""What a run tells whoever watches it; the terminal's view of it is in `cli/`."""

from lab.model import Cell, Deployment


class Observer:
    """Told of each step as it begins or ends; this one does not care."""

    def building(self, image: str) -> None:
        """Work on an image begins, or is done."""

    def starting(self, deployment: Deployment) -> None:
        """A stack is being brought up."""

    def measuring(self, cell: Cell, number: int) -> None:
        """A round begins; rounds count from 0."""

    def measured(self, cell: Cell, number: int) -> None:
        """A round is over, well or not."""

    def void(self, cell: Cell, number: int, why: str) -> None:
        """A round counts for nothing, and comes once more."""

    def dueting(self, cell: Cell, reference: Cell, rate: float) -> None:
        """Two stacks are measured side by side, each asked `rate` times a second."""

    def void_turn(self, cell: Cell, reference: Cell, why: str) -> None:
        """A turn of a duet counts for nothing, and is played once more."""

    def stopping(self) -> None:
        """The stacks are being taken down."""

    def reporting(self) -> None:
        """The reports are being written."""

    def warn(self, message: str) -> None:
        """Something went wrong that the run survives."""
