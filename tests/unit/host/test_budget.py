from dataclasses import replace

import pytest

from lab.catalog import Catalog
from lab.errors import HostError
from lab.host import budget
from tests.unit.unit_factories import make_machine

HYPER = ((0, 4), (1, 5), (2, 6), (3, 7))


def singles(count: int) -> tuple[tuple[int, ...], ...]:
    return tuple((cpu,) for cpu in range(count))


def test_a_big_host_gives_the_wish_and_the_rest_to_the_load() -> None:
    given = budget.plan(make_machine(cores=singles(8)))
    assert given.stack_cpus == (0, 1, 2, 3)
    assert given.load_cpus == (4, 5, 6, 7)
    assert given.label == "4 cores, 4 GiB, isolated"
    assert not given.scaled


def test_a_small_host_gives_a_scaled_budget_that_says_so() -> None:
    given = budget.plan(make_machine(cores=singles(2), memory_mib=3072))
    assert (given.stack_cpus, given.load_cpus) == ((0,), (1,))
    assert given.label == "1 of 4 cores, 2 GiB of 4 GiB, isolated"
    assert given.scaled


@pytest.mark.parametrize("changes", [{"cores": singles(2)}, {"memory_mib": 2048}])
def test_exact_refuses_to_scale_and_says_what_would_fit(changes: dict[str, object]) -> None:
    with pytest.raises(HostError, match="can give a stack only") as caught:
        budget.plan(make_machine(**changes), exact=True)
    assert caught.value.exit_code == 3
    assert caught.value.fix is not None
    assert "--cpus" in caught.value.fix


def test_exact_accepts_a_host_that_has_enough() -> None:
    assert budget.plan(make_machine(), exact=True).label == "4 cores, 4 GiB, isolated"


def test_what_exact_proposes_is_accepted() -> None:
    small = make_machine(cores=singles(2), memory_mib=3000)
    scaled = budget.plan(small)
    exact = budget.plan(small, cpus=len(scaled.stack_cpus), memory_mib=scaled.memory_mib, exact=True)
    assert not exact.scaled


@pytest.mark.parametrize("wish", range(1, 9))
@pytest.mark.parametrize("cores", [HYPER, ((0, 1), (2, 3)), ((0, 1), (2,), (3, 4)), singles(5), singles(16)])
def test_siblings_are_never_split_between_stack_and_load(cores: tuple[tuple[int, ...], ...], wish: int) -> None:
    given = budget.plan(make_machine(cores=cores), cpus=wish)
    for core in cores:
        assert not (set(core) & set(given.stack_cpus) and set(core) & set(given.load_cpus))
    assert len(given.stack_cpus) <= wish


@pytest.mark.parametrize("count", range(2, 33))
def test_the_load_has_at_least_a_quarter_of_the_host(count: int) -> None:
    given = budget.plan(make_machine(cores=singles(count)), cpus=64)
    assert len(given.load_cpus) * 4 >= count
    assert len(given.stack_cpus) == count - len(given.load_cpus)
    assert given.stack_cpus


def test_a_single_core_is_shared_and_called_colocated() -> None:
    given = budget.plan(make_machine(cores=((0, 1),)), cpus=2)
    assert given.placement == "colocated"
    assert given.stack_cpus == given.load_cpus == (0, 1)
    assert given.label == "2 cores, 4 GiB, colocated"


def test_colocated_puts_stack_and_load_on_the_same_cores() -> None:
    given = budget.plan(make_machine(cores=singles(8)), placement="colocated")
    assert given.stack_cpus == given.load_cpus == (0, 1, 2, 3)


@pytest.mark.parametrize(("host", "stack"), [(16_384, 4096), (4096, 3072), (2048, 1024), (1500, 750)])
def test_memory_leaves_something_to_the_host(host: int, stack: int) -> None:
    assert budget.plan(make_machine(memory_mib=host)).memory_mib == stack


def test_one_core_is_not_written_in_the_plural() -> None:
    assert budget.plan(make_machine(), cpus=1).label == "1 core, 4 GiB, isolated"


@pytest.mark.parametrize("total", [64, 100, 1000, 1023, 4096, 16_383])
@pytest.mark.parametrize("shares", [{"a": 1}, {"a": 1, "b": 7}, {"a": 1, "b": 1, "c": 1}, {"a": 3, "b": 5, "c": 11}])
def test_the_parts_of_the_memory_sum_to_the_whole(total: int, shares: dict[str, int]) -> None:
    parts = budget.split_memory(total, shares)
    assert sum(parts.values()) == total
    assert list(parts) == list(shares)
    for service, share in shares.items():
        assert abs(parts[service] - total * share / sum(shares.values())) < len(shares)


@pytest.mark.parametrize(("mib", "text"), [(4096, "4 GiB"), (1500, "1500 MiB"), (512, "512 MiB")])
def test_memory_is_written_in_whole_units(mib: int, text: str) -> None:
    assert budget.format_mib(mib) == text


def test_a_table_that_says_where_the_load_sits_has_the_same_wish_in_all_else(catalog: Catalog) -> None:
    machine = make_machine(cores=singles(2))
    wish = budget.plan(machine, cpus=2, memory_mib=1024)
    plain = catalog.table("articles")
    tables = [
        plain,
        replace(plain, name="shared", placement="colocated"),
        replace(plain, name="apart", placement="isolated"),
    ]
    own = budget.of_tables(machine, tables, wish=wish)
    assert own == {"shared": budget.plan(machine, cpus=2, memory_mib=1024, placement="colocated"), "apart": wish}


def test_exact_holds_for_the_budgets_of_tables_too(catalog: Catalog) -> None:
    machine = make_machine(cores=singles(2))
    wish = budget.plan(machine, cpus=2, placement="colocated", exact=True)
    apart = replace(catalog.table("articles"), placement="isolated")
    with pytest.raises(HostError, match="1 of 2 cores"):
        budget.of_tables(machine, [apart], wish=wish, exact=True)
