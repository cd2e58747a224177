"""`lab up`."""

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from lab.catalog import places
from lab.cli import output, typed
from lab.cli.options import (
    BudgetOptions,
    DryRun,
    Json,
    PinsOption,
    Settings,
    Target,
    Wait,
    read_budget,
    read_settings,
    with_budget,
)
from lab.errors import UsageError
from lab.model import Budget, Machine, Pins

if TYPE_CHECKING:
    from lab.deploy.prepare import Plan
    from lab.deploy.stack_up import UpRequest

Port = Annotated[
    int,
    typer.Option("--port", envvar="LAB_PORT", min=0, max=65535, help="Port on 127.0.0.1; 0 takes any free one."),
]
Build = Annotated[
    bool,
    typer.Option("--build", envvar="LAB_BUILD", help="Rebuild images whose source has changed."),
]

WithData = Annotated[
    bool,
    typer.Option(
        "--with-data",
        envvar="LAB_WITH_DATA",
        help="Of a project of your own: start with copies of its volumes, not with empty ones.",
    ),
]

Trace = Annotated[
    bool,
    typer.Option(
        "--trace",
        envvar="LAB_TRACE",
        help="Let its services trace requests, and put Zipkin beside it: see `lab trace`.",
    ),
]

Metrics = Annotated[
    bool,
    typer.Option(
        "--metrics", envvar="LAB_METRICS", help="Put Prometheus beside it, which asks each tier what it counts."
    ),
]


def read_request(
    target: str,
    *,
    pins: Pins,
    settings: list[str] | None,
    host: tuple[Machine, Budget],
    port: int,
    with_data: bool = False,
    trace: bool = False,
    metrics: bool = False,
) -> "UpRequest":
    """What the command line asks to have up. Raises UnknownName or UsageError."""
    from lab.deploy import prometheus, traced, zipkin
    from lab.deploy.stack_up import UpRequest

    catalog, (name,) = places.catalog_of([target])
    if trace:
        traced.require_able(catalog.stack(name.partition("@")[0]), catalog)
        settings = [*(settings or ()), f"{zipkin.SETTING}=on"]
    deployment = catalog.deployment(name, pins=pins, settings=read_settings(settings))
    machine, budget = host
    if metrics:
        prometheus.require_able(catalog.stack(deployment.stack), catalog)
    if with_data and catalog.stack(deployment.stack).adopted is None:
        raise UsageError("--with-data is for projects of your own", fix=f"leave it out: {name} came with the lab")
    return UpRequest(
        catalog=catalog,
        deployment=deployment,
        machine=machine,
        budget=budget,
        port=port,
        with_data=with_data,
        metrics=metrics,
    )


@with_budget
def command(
    context: typer.Context,
    target: Target,
    *,
    pins: PinsOption = "current",
    wish: BudgetOptions,
    settings: Settings = None,
    port: Port = 8080,
    build: Build = False,
    with_data: WithData = False,
    trace: Trace = False,
    metrics: Metrics = False,
    wait: Wait = 10,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Bring a stack up, pinned to its budget, and wait until it is healthy."""
    from lab.deploy import stack_up

    host = read_budget(wish)
    request = read_request(
        target,
        pins=pins,
        settings=settings,
        host=host,
        port=port,
        with_data=with_data,
        trace=trace,
        metrics=metrics,
    )
    if dry_run:
        typed.refuse(context, "build", "wait", "json", because="--dry-run only prints commands")
        print("\n".join(stack_up.rehearse(request)))
        return
    plan = stack_up.bring_up(request, build="all" if build else "missing", wait_s=wait, say=output.say)
    pages = _pages(plan.project.name, trace=trace, metrics=metrics)
    if json:
        output.print_json(_as_json(request, plan) | pages)
        return
    _print(request, plan)
    if "zipkin" in pages:
        print(f"traces: {pages['zipkin']} is Zipkin; one request: lab trace {request.deployment.stack} PATH")
    if "prometheus" in pages:
        print(f"metrics: {pages['prometheus']} is Prometheus, which asks each tier every 2 s")


def _pages(project: str, *, trace: bool, metrics: bool) -> dict[str, str]:
    """Where the pages are of what stands beside a stack that is up."""
    from lab.deploy import pages
    from lab.deploy.prometheus import PROMETHEUS
    from lab.deploy.zipkin import ZIPKIN

    wanted = [*([ZIPKIN] if trace else ()), *([PROMETHEUS] if metrics else ())]
    return {name: page for name in wanted if (page := pages.url(project, name))}


def _as_json(request: "UpRequest", plan: "Plan") -> dict[str, str]:
    deployment = request.deployment
    return {
        "stack": deployment.stack,
        "variant": deployment.variant,
        "pins": deployment.pins,
        "url": plan.url,
        "project": plan.project.name,
        "budget": request.budget.label,
        "override": str(plan.override),
    }


def _print(request: "UpRequest", plan: "Plan") -> None:
    """Where the stack answers, and what can be asked of it without signing in."""
    deployment = request.deployment
    print(f"{deployment.name} ({deployment.pins} pins) answers on {plan.url}")
    print(f"budget: {request.budget.label}")
    insecure = "--insecure " if plan.stack.entry.scheme == "https" else ""
    for workload in (request.catalog.workloads[name] for name in plan.stack.workloads):
        if workload.method == "GET" and workload.sign_in is None:
            print(f"  curl {insecure}{shlex.quote(plan.url + workload.path)}")
    print(f"take it down with: lab down {deployment.stack}")
