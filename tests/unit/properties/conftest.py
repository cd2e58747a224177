"""How hypothesis looks for examples here: the same ones on each run, however slow the machine."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "lab",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("lab")
