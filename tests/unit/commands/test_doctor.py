import dataclasses
import gzip
import json
from pathlib import Path

import pytest

from lab.cli import doctor as doctor_command
from lab.commands import doctor
from lab.commands.doctor import Host, HostFinding
from lab.engine.probe import Engine
from lab.errors import HostError
from lab.model import Machine

MACHINE = Machine(
    cpu_model="Some CPU",
    cores=((0, 1), (2, 3), (4, 5), (6, 7)),
    memory_mib=16_384,
    kernel="6.1",
    os="Debian",
    architecture="x86_64",
    cgroup_version=2,
    nofile_hard=1 << 20,
    virtualisation="none",
)
ENGINE = Engine(
    client="28", server="26", compose="2.26", buildx="0.13", cpuset=True, memory_limit=True, swap_limit=True
)


@pytest.fixture
def host(tmp_path: Path) -> Host:
    files = {
        "proc/sys/net/ipv4/ip_local_port_range": "32768\t60999\n",
        "proc/stat": "cpu  100 0 100 800 0 0 0 0 0 0\n",
        "sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc\n",
        "sys/module/sch_netem/refcnt": "0\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Host(machine=MACHINE, engine=ENGINE, base_present=True, registry_complaint=None, root=tmp_path)


def by_name(host: Host) -> dict[str, HostFinding]:
    return {finding.name: finding for finding in doctor.examine(host)}


def test_a_good_host_has_nothing_to_mend(host: Host) -> None:
    found = by_name(host)
    found.pop("disk")  # the real disk of whoever runs this test
    assert {finding.status for finding in found.values()} == {"ok"}
    assert not [finding for finding in found.values() if finding.fix]


def test_every_finding_that_is_not_ok_has_a_fix(tmp_path: Path) -> None:
    poor = dataclasses.replace(MACHINE, cores=((0,),), memory_mib=512, nofile_hard=256)
    engine = Engine(client=None, complaint="there is no `docker` command on PATH")
    nothing = Host(machine=poor, engine=engine, base_present=False, registry_complaint="offline", root=tmp_path)
    bad = [finding for finding in doctor.examine(nothing) if finding.status != "ok"]
    assert {"client", "engine", "compose", "memory", "nofile"} <= {f.name for f in bad if f.status == "fail"}
    assert all(finding.fix for finding in bad)


def test_being_offline_is_a_fact_and_not_a_failure(host: Host) -> None:
    finding = by_name(dataclasses.replace(host, registry_complaint="no such host\nmore"))["registry"]
    assert (finding.status, finding.detail) == ("ok", "does not answer: no such host")


@pytest.mark.parametrize(("nofile", "status"), [(1024, "fail"), (20_000, "warn"), (65_535, "ok")])
def test_a_low_nofile_limit_is_graded(host: Host, nofile: int, status: str) -> None:
    machine = dataclasses.replace(MACHINE, nofile_hard=nofile)
    assert by_name(dataclasses.replace(host, machine=machine))["nofile"].status == status


@pytest.mark.parametrize(
    ("switch", "status", "detail"),
    [
        ("1", "warn", "on: packets between containers pass iptables"),
        ("0", "ok", "off"),
        (None, "ok", "not in this kernel"),
    ],
)
def test_a_bridge_filter_that_is_on_is_warned_of(host: Host, switch: str | None, status: str, detail: str) -> None:
    if switch is not None:
        path = host.root / "proc/sys/net/bridge/bridge-nf-call-iptables"
        path.parent.mkdir(parents=True)
        path.write_text(f"{switch}\n")
    finding = by_name(host)["bridge filter"]
    assert (finding.status, finding.detail) == (status, detail)
    assert ("bridge-nf-call-iptables=0" in (finding.fix or "")) == (status == "warn")


@pytest.mark.parametrize(("setting", "status"), [("=y", "ok"), (" is not set", "warn")])
def test_netem_is_read_from_the_kernels_own_configuration(tmp_path: Path, setting: str, status: str) -> None:
    (tmp_path / "proc").mkdir()
    config = f"CONFIG_NET=y\nCONFIG_NET_SCH_NETEM{setting}\n"
    (tmp_path / "proc/config.gz").write_bytes(gzip.compress(config.encode()))
    bare = Host(machine=MACHINE, engine=ENGINE, base_present=True, registry_complaint=None, root=tmp_path)
    assert by_name(bare)["sch_netem"].status == status


def test_steal_is_the_eighth_column() -> None:
    assert doctor.steal_share("cpu  50 0 0 40 0 0 0 10 0 0\ncpu0 1\n") == pytest.approx(0.1)
    assert doctor.steal_share("") == 0.0


def test_the_command_prints_json_and_fails_when_something_is_needed(
    host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = dataclasses.replace(host, base_present=False)
    monkeypatch.setattr(doctor, "look", lambda: missing)
    with pytest.raises(HostError, match="base image") as caught:
        doctor_command.command(json=True)
    assert caught.value.exit_code == 3
    assert {"name", "status", "detail", "fix"} == set(json.loads(capsys.readouterr().out)[0])


def test_the_command_prints_a_table_without_animation(
    host: Host, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(doctor, "look", lambda: host)
    doctor_command.command()
    printed = capsys.readouterr().out
    assert "pinning" in printed
    assert "\x1b" not in printed


def test_a_battery_and_frequency_scaling_are_warned_of(host: Host) -> None:
    for name, text in (
        ("sys/class/power_supply/BAT0/status", "Discharging"),
        ("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "powersave"),
    ):
        path = host.root / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    found = by_name(host)["power"]
    assert found.status == "warn"
    assert found.detail == "it runs on battery; its cores change their frequency (governor powersave)"
