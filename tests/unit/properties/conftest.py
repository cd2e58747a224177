"""How hypothesis looks for examples here: the same ones on each run, however slow the machine.

`make soak` looks for others, and for more of them.
"""

import os

from hypothesis import HealthCheck, settings

MORE = os.environ.get("PROPERTY_EXAMPLES")
"""How many examples of each property the soak tests want."""

settings.register_profile(
    "lab",
    deadline=None,
    derandomize=MORE is None,
    database=None,
    print_blob=True,
    max_examples=int(MORE or 60),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("lab")
