"""Each fault against containers that note what is done to them."""

import pytest
import yaml

from lab.errors import LabError, UnknownName, UsageError
from lab.faults import kinds
from lab.faults.kinds import FAULTS, cut_off, disk_full, emptied, killed, memory_full, paused, reloaded, slow
from tests.unit.faults.faults_fakes import FakeContainer, make_ground, make_site
from tests.unit.unit_factories import make_stack

GROUND = make_ground()


def test_there_are_eight_faults_each_under_its_own_name() -> None:
    assert [*FAULTS] == ["killed", "paused", "cut-off", "slow", "emptied", "disk-full", "memory-full", "reloaded"]
    assert all(fault.name == name and "{tier}" in fault.words for name, fault in FAULTS.items())


@pytest.mark.parametrize(
    ("name", "tiers"),
    [
        ("killed", "app worker postgres redis nginx cache"),
        ("paused", "app worker postgres redis nginx cache"),
        ("slow", "postgres redis"),
        ("emptied", "redis cache"),
        ("disk-full", "postgres"),
        ("reloaded", "nginx app"),
    ],
)
def test_a_fault_is_for_the_tiers_that_can_have_it(name: str, tiers: str) -> None:
    assert [*FAULTS[name].tiers(GROUND)] == tiers.split()


def test_the_tier_that_users_reach_cannot_be_cut_off() -> None:
    ground = make_ground(entry=make_stack(entry=GROUND.stack.entry).entry)
    assert ground.stack.entry.service not in FAULTS["cut-off"].tiers(ground)


def test_a_fault_without_a_tier_takes_the_usual_one_and_with_one_that() -> None:
    assert kinds.choose("killed", GROUND).label == "killed:app"
    chosen = kinds.choose("emptied:cache", GROUND)
    assert (chosen.label, chosen.words) == ("emptied:cache", "cache emptied")


def test_what_cannot_be_had_is_refused_in_words() -> None:
    with pytest.raises(UnknownName, match="no fault named 'kiled'") as caught:
        kinds.choose("kiled", GROUND)
    assert caught.value.nearest == "killed"
    with pytest.raises(UnknownName, match="no tier named 'postgre'"):
        kinds.choose("killed:postgre", GROUND)
    with pytest.raises(UsageError, match="worker of proxied cannot be emptied: only a Redis can") as refused:
        kinds.choose("emptied:worker", GROUND)
    assert refused.value.fix == "emptied:redis, emptied:cache"
    plain = make_ground(tiers={"app": "gin"}, memory={"app": 1})
    with pytest.raises(UsageError, match="proxied cannot be reloaded: only Nginx and Gunicorn can"):
        kinds.choose("reloaded", plain)


@pytest.mark.parametrize(
    ("text", "said", "fix"),
    [
        ("killed:", "'killed:' lacks a tier after its colon", "leave the colon out, or name one: killed:app"),
        (":app", "':app' lacks the name of a fault", "as in killed:app"),
        ("", "'' lacks the name of a fault", "faults: killed, paused"),
    ],
)
def test_half_of_a_fault_and_its_tier_is_refused_in_words(text: str, said: str, fix: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        kinds.choose(text, GROUND)
    assert fix in (caught.value.fix or "")


def test_what_fails_of_doing_a_fault_is_said_of_the_tier_that_has_it() -> None:
    told = kinds.choose("memory-full:worker", GROUND).by_itself
    assert told.startswith("worker is killed and started anew to take the limit")
    assert "redis held is gone for good" in kinds.choose("emptied", GROUND).by_itself
    assert kinds.choose("paused", GROUND).by_itself == ""


def test_a_table_shows_each_fault_for_the_tiers_whose_loss_is_noticed() -> None:
    shown = [chosen.label for chosen in kinds.usual(GROUND)]
    assert {"killed:app", "paused:postgres", "slow:redis", "emptied:cache", "memory-full:app", "reloaded:nginx"} <= {
        *shown
    }
    assert "killed:nginx" not in shown
    assert {label.partition(":")[0] for label in shown} == {*FAULTS}


def test_who_is_killed_is_started_again_also_if_he_was_dead_before() -> None:
    site, app = make_site()
    killed.inject(site)
    assert killed.undo(site) == "started again"
    assert app.done == ["SIGKILL", "start"]
    assert killed.undo(site) == "was running"
    app.status = "exited"
    with pytest.raises(LabError, match="the engine refused"):
        killed.inject(site)


def test_who_is_paused_goes_on_and_nothing_else_is_touched() -> None:
    site, app = make_site()
    paused.inject(site)
    assert (paused.undo(site), app.done) == ("went on", ["pause", "unpause"])
    assert paused.undo(site) == "was not paused any more"


def test_who_is_cut_off_comes_back_under_the_old_names_at_the_old_address_once() -> None:
    site, app = make_site("worker")
    cut_off.inject(site)
    cut_off.undo(site)
    cut_off.undo(site)
    assert app.done == ["left back", "joined back as ['worker'] at 198.19.0.9"]


def test_a_slow_store_has_toxiproxy_before_it_and_a_setting_that_leads_there() -> None:
    beside = slow.beside(GROUND, "postgres")
    assert beside.settings == {"POSTGRES_HOST": "slow"}
    assert beside.files == (GROUND.compose / "slow.yaml",)
    service = beside.services["slow"]
    assert service["networks"] == ["back"]
    assert "--listen 0.0.0.0:5432 --upstream postgres:5432 postgres" in service["command"][-1]
    site, _ = make_site("postgres", slow=FakeContainer("slow"))
    slow.inject(site)
    slow.undo(site)
    added, removed = site.containers["slow"].done  # type: ignore[attr-defined]
    assert "toxic add --type latency --attribute latency=500" in added
    assert removed == "toxiproxy-cli toxic remove --toxicName late postgres"


def test_a_redis_is_emptied_with_its_password_out_of_sight() -> None:
    site, redis = make_site("redis", redis=FakeContainer("redis", said="3"))
    emptied.inject(site)
    assert emptied.undo(site) == "3 keys in it right after"
    assert all(script.count('REDISCLI_AUTH="$(cat /run/lab/redis_password)"') == 1 for script in redis.done)
    assert "FLUSHALL" in redis.done[0]
    redis.exit_code = 1
    with pytest.raises(LabError, match="a script failed inside redis"):
        emptied.inject(site)


def test_a_full_disk_is_one_in_memory_of_a_fixed_size_that_outlives_the_store() -> None:
    beside = disk_full.beside(GROUND, "postgres")
    options = beside.volumes["pgdata"]["driver_opts"]
    assert (options["type"], options["o"]) == ("tmpfs", "size=384m,uid=10001,gid=10001")
    keeper = beside.services["disk"]
    assert (keeper["image"], keeper["network_mode"]) == ("lab/postgres:current", "none")
    assert keeper["volumes"][0]["volume"] == {"nocopy": True}
    assert beside.memory_mib > 384, "what is filled counts as the keeper's memory"
    assert yaml.safe_dump({"services": {"disk": dict(keeper)}})


def test_room_is_made_before_the_store_that_died_of_it_is_started() -> None:
    disk = FakeContainer("disk", said="201")
    site, postgres = make_site("postgres", disk=disk)
    disk_full.inject(site)
    postgres.status = "exited"
    assert disk_full.undo(site) == "201 MiB were written until it was full; postgres died of it"
    assert "rm /disk/filled-by-lab-break" in disk.done[-1]
    assert postgres.done == ["start"]
    assert disk_full.undo(site).endswith("stayed up")


def test_a_tier_comes_back_with_half_of_what_it_holds_and_then_with_what_it_had() -> None:
    site, app = make_site()
    memory_full.inject(site)
    assert app.done == ["SIGKILL", "limit 10", "start"]
    assert memory_full.undo(site) == "10 MiB at the end, 12 times asked for more; nothing was killed; 100 MiB again"
    assert app.limit_mib == 100


def test_nobody_is_held_below_what_the_engine_takes() -> None:
    site, app = make_site()
    app.held_mib = 1
    memory_full.inject(site)
    assert app.limit_mib == memory_full.LEAST_MIB


def test_one_that_cannot_even_begin_has_the_fault_all_the_same() -> None:
    site, app = make_site()
    app.least_mib = 11
    memory_full.inject(site)
    assert app.status == "exited"
    assert memory_full.undo(site).endswith("app died of it; 100 MiB again")
    assert app.status == "running"


def test_who_dies_of_his_memory_is_started_with_the_old_limit() -> None:
    site, app = make_site()
    app.status = "exited"
    told = memory_full.undo(site)
    assert told == "how often it asked for more is not told; app died of it; 100 MiB again"
    assert app.done == ["limit 100", "start"]


def test_cgroups_that_count_no_hits_are_told_without() -> None:
    site, app = make_site()
    app.version = 2
    memory_full.inject(site)
    assert memory_full.undo(site).startswith("10 MiB at the end; nothing was killed")


def test_each_reload_is_one_signal_and_they_come_until_the_end() -> None:
    site, app = make_site()
    reloaded.inject(site)
    reloaded.inject(site)
    assert app.done == ["SIGHUP", "SIGHUP"]
    assert reloaded.FAULT.every_s == 0.5


def test_a_server_that_only_keeps_the_signal_has_not_reloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reloaded, "WITHIN_S", 0.05)
    site, app = make_site()
    app.reloads = False
    with pytest.raises(LabError, match="app did not reload"):
        reloaded.inject(site)
