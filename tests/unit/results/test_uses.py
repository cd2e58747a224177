from lab.model import TierUse
from lab.results import uses
from tests.unit.unit_factories import make_sample


def test_counts_add_up_and_a_peak_is_the_highest() -> None:
    one = TierUse(cpu_ns=10, oom_kills=1, peak_memory_bytes=700, pressure_us={"cpu": 5})
    other = TierUse(cpu_ns=5, oom_kills=0, peak_memory_bytes=900, pressure_us={"cpu": 2})
    found = uses.added_up([make_sample(0, use={"app": one}), make_sample(1, use={"app": other})])
    assert found == {"app": TierUse(cpu_ns=15, oom_kills=1, peak_memory_bytes=900, pressure_us={"cpu": 7})}


def test_what_is_not_known_of_one_round_is_not_known_of_all() -> None:
    samples = [make_sample(0, use={"app": TierUse(cpu_ns=10, pressure_us={"cpu": 1})}), make_sample(1)]
    assert uses.added_up(samples) == {"app": TierUse()}
    assert uses.added_up([make_sample()]) == {}
