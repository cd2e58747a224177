"""`make lint`: every checker on every file that it understands."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from tests import uncounted

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
COMPOSE_FILES = sorted(ROOT.glob("compose/*.yaml"))
BESIDE = {"trace.yaml": ("service-gin.yaml",), "metrics.yaml": ("service-gin.yaml",)}
"""Files that change services of another one, which they are nothing without."""
DOCKERFILES = sorted([*ROOT.glob("nginx/Dockerfile"), *ROOT.glob("stacks/*/Dockerfile")])
NGINX_CONFS = sorted(ROOT.glob("nginx/*.conf"))
MODULES = sorted(ROOT.glob("stacks/node/*/*.js"))
CERTIFICATES = os.environ.get("LAB_CA_BUNDLE", "/etc/ssl/certs/ca-certificates.crt")


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def run(*argv: str | Path) -> str:
    """Run a checker at the root of the project; what it found is what the test fails with."""
    done = subprocess.run(
        argv,
        cwd=ROOT,
        env=uncounted.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"{' '.join(map(str, argv))}\n{done.stdout}", pytrace=False)
    return done.stdout


@pytest.mark.parametrize(
    "argv",
    [("ruff", "check"), ("ruff", "format", "--check"), ("mypy",)],
    ids=" ".join,
)
def test_python(argv: Sequence[str]) -> None:
    run(BIN / argv[0], *argv[1:])


@pytest.mark.parametrize("path", DOCKERFILES, ids=named)
def test_hadolint(path: Path) -> None:
    run(BIN / "hadolint", path)


@pytest.mark.parametrize("path", COMPOSE_FILES, ids=named)
def test_docker_compose_config(path: Path) -> None:
    below = [option for name in BESIDE.get(path.name, ()) for option in ("-f", path.with_name(name))]
    run("docker", "compose", *below, "-f", path, "config", "--quiet")


def built(dockerfile: str, tag: str, *options: str) -> str:
    """An image as its Dockerfile makes it now; what has not changed comes from the cache."""
    secret = f"id=ca,src={CERTIFICATES}"
    run("docker", "build", "--quiet", "--file", dockerfile, "--tag", tag, "--secret", secret, *options, ".")
    return tag


def test_gofmt() -> None:
    image = built("stacks/go/Dockerfile", "lab/go:lint", "--target", "build", "--build-arg", "APP=gin")
    mount = f"{ROOT / 'stacks/go'}:/go-sources:ro"
    badly_formatted = run("docker", "run", "--rm", "--network=none", "-v", mount, image, "gofmt", "-l", "/go-sources")
    assert not badly_formatted


@pytest.fixture(scope="module")
def node_image() -> str:
    """The image of one of the Node services: its runtime checks the sources of all."""
    return built("stacks/node/Dockerfile", "lab/node:lint", "--build-arg", "APP=express")


def in_one_container(image: str, command: str, files: Sequence[str], *options: str, before: str = "true") -> None:
    """Run a command, which finds its file as `$file`, on each of them: a container for each would take a minute."""
    script = f'{before}; for file; do {command} || {{ echo "$file"; failed=1; }}; done; exit ${{failed:-0}}'
    run("docker", "run", "--rm", "--network=none", *options, image, "sh", "-c", script, "sh", *files)


def test_javascript(node_image: str) -> None:
    sources = ROOT / "stacks/node"
    files = [f"/sources/{path.relative_to(sources)}" for path in MODULES]
    mount = ("-v", f"{sources}:/sources:ro")
    in_one_container(node_image, 'node --input-type=module --check - < "$file"', files, *mount)


@pytest.fixture(scope="module")
def nginx_image() -> str:
    """The Nginx image; the confs are inside."""
    return built("nginx/Dockerfile", "lab/nginx:lint")


@pytest.fixture(scope="module")
def upstreams() -> list[str]:
    """Every service's name, made known as a host: Nginx refuses a conf with an upstream it cannot look up."""
    files = (yaml.load(path.read_text(), Loader=_Compose) for path in COMPOSE_FILES)  # noqa: S506 (our own)
    names = {name for file in files for name in file.get("services", {})}
    return [f"--add-host={name}:127.0.0.1" for name in sorted(names)]


class _Compose(yaml.SafeLoader):
    """Reads Compose files, whose `!reset` and `!override` plain YAML does not know."""


_Compose.add_multi_constructor("!", lambda _loader, _suffix, _node: None)


def test_nginx(nginx_image: str, upstreams: list[str]) -> None:
    files = [f"/etc/nginx/lab/{path.name}" for path in NGINX_CONFS]
    # tls.conf wants a certificate to be there.
    in_one_container(nginx_image, 'nginx -q -t -c "$file"', files, *upstreams, before="make-certificate || exit 1")
