"""The protocol of head_bounds.py where requests are traced: it notes when each request began."""

import time

from head_bounds import HeadBoundsProtocol

HEAD_AT = "head_at_ns"


class TracedProtocol(HeadBoundsProtocol):
    """A request knows since when it was waiting for its turn in the loop."""

    def on_headers_complete(self) -> None:
        """The head is there; the application's task begins when the loop comes to it."""
        self.scope["state"][HEAD_AT] = time.time_ns()
        super().on_headers_complete()
