from dataclasses import replace
from pathlib import Path

import pytest

from lab.catalog import Catalog
from lab.deploy import override, prometheus
from lab.errors import UsageError
from lab.host.session import LABEL_PAGE
from lab.model import Stack
from tests.unit.unit_factories import make_budget, make_stack

COMPOSE = Path("/lab/compose")
STORES = {"app": "gin", "worker": "go", "postgres": "postgres", "redis": "redis", "cache": "redis"}


def service(**more: str) -> Stack:
    return make_stack(tiers={**more, **STORES})


def test_each_tier_that_does_not_speak_for_itself_has_an_exporter() -> None:
    beside = prometheus.beside(service(nginx="nginx"), compose=COMPOSE, budget=make_budget())
    assert [*beside.services] == ["prometheus", "postgres-exporter", "redis-exporter", "nginx-exporter"]
    assert beside.files == (COMPOSE / "metrics.yaml", COMPOSE / "metrics-nginx.yaml")


def test_without_nginx_nobody_asks_for_it() -> None:
    beside = prometheus.beside(service(), compose=COMPOSE, budget=make_budget())
    assert "nginx-exporter" not in beside.services
    assert beside.files == (COMPOSE / "metrics.yaml",)


def test_all_of_it_is_on_the_cores_of_the_load_and_the_page_is_not_the_stack_s() -> None:
    beside = prometheus.beside(service(), compose=COMPOSE, budget=make_budget(load_cpus=(2, 3)))
    assert {keys["cpuset"] for keys in beside.services.values()} == {"2,3"}
    labelled = [name for name, keys in beside.services.items() if LABEL_PAGE in keys.get("labels", {})]
    assert labelled == ["prometheus"]


def test_the_labels_of_the_stack_and_of_the_page_are_both_there(catalog: Catalog) -> None:
    stack = replace(catalog.stack("proxied"), tiers={**catalog.stack("proxied").tiers})
    beside = prometheus.beside(service(), compose=COMPOSE, budget=make_budget())
    made = override.compose(
        stack,
        budget=make_budget(),
        nofile_hard=0,
        subnet=override.free_subnet([]),
        labels={"lab.session": "up-1"},
        beside=beside,
    )
    assert made["services"]["prometheus"]["labels"] == {"lab.session": "up-1", LABEL_PAGE: "prometheus"}
    assert made["services"]["redis-exporter"]["labels"] == {"lab.session": "up-1"}


def test_a_stack_without_the_tiers_of_the_service_is_refused_with_those_that_have_them(catalog: Catalog) -> None:
    with pytest.raises(UsageError, match="has nothing that Prometheus could ask") as refused:
        prometheus.require_able(catalog.stack("proxied"), catalog)
    assert refused.value.fix == "stacks that have: none; of any stack, lab top proxied"
    able = replace(catalog, stacks={**catalog.stacks, "shop": replace(service(), name="shop")})
    prometheus.require_able(able.stack("shop"), able)
    with pytest.raises(UsageError) as refused:
        prometheus.require_able(able.stack("proxied"), able)
    assert "stacks that have: shop;" in str(refused.value.fix)
