from pathlib import Path

import pytest
import yaml

from lab.deploy import zipkin
from lab.deploy.override import NOTHING_BESIDE, Beside
from tests.unit.unit_factories import make_budget, make_stack

ROOT = Path(__file__).parents[3]
ABLE = frozenset({"TRACES"})
BUDGET = make_budget(stack_cpus=(0,), load_cpus=(1, 3))


def beside(settings: dict[str, str], *, able: frozenset[str] = ABLE, earlier: Beside = NOTHING_BESIDE) -> Beside:
    return zipkin.with_zipkin(earlier, make_stack(settings=able), settings, compose=Path("compose"), budget=BUDGET)


@pytest.mark.parametrize("settings", [{}, {"TRACES": "off"}])
def test_beside_a_stack_that_does_not_trace_stands_nothing_more(settings: dict[str, str]) -> None:
    assert beside(settings) is NOTHING_BESIDE


def test_a_stack_that_cannot_trace_gets_no_zipkin() -> None:
    assert beside({"TRACES": "on"}, able=frozenset()) is NOTHING_BESIDE


def test_zipkin_takes_no_core_of_the_stack_and_publishes_a_page() -> None:
    found = beside({"TRACES": "on"})
    service = found.services[zipkin.ZIPKIN]
    assert (service["cpuset"], service["mem_limit"]) == ("1,3", "512m")
    assert service["labels"] == {"lab.page": "zipkin"}
    assert found.files == (Path("compose/trace.yaml"),)


def test_what_stood_there_before_stays() -> None:
    earlier = Beside(services={"slow": {}}, settings={"REDIS_HOST": "slow"}, files=(Path("slow.yaml"),), memory_mib=96)
    found = beside({"TRACES": "on"}, earlier=earlier)
    assert list(found.services) == ["slow", "zipkin"]
    assert found.settings == {"REDIS_HOST": "slow"}
    assert found.files == (Path("slow.yaml"), Path("compose/trace.yaml"))
    assert found.memory_mib == 96


def test_the_file_that_is_named_has_a_zipkin() -> None:
    services = yaml.safe_load((ROOT / "compose" / zipkin.FILE).read_text("utf-8"))["services"]
    assert zipkin.ZIPKIN in services
