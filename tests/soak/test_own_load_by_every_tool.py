"""A project of somebody's own, asked by every tool: wrk, pace at a rate, their Lua and their locustfile."""

from collections.abc import Callable

import pytest
from docker import DockerClient

from tests.adopt.adopting import FORM, JSON, PASSWORD, SHORT, Own, describe, newest, require_no_secret, require_served
from tests.adopt.conftest import engine, images, own
from tests.adopt.outside import REACH, outside

__all__ = ["engine", "images", "outside", "own"]

Make = Callable[[str], Own]


@pytest.mark.parametrize("sign_in", [FORM, JSON], ids=["form", "json"])
@pytest.mark.parametrize("load", [SHORT, (*SHORT[2:], "--rate", "20")], ids=["wrk", "pace"])
def test_who_signs_in_is_asked_as_such_by_every_tool_and_no_secret_is_kept(
    own: Make, engine: DockerClient, sign_in: dict[str, object], load: tuple[str, ...]
) -> None:
    shop = own("flask")
    (shop.folder / "shop.env").write_text(f"SHOP_PASSWORD={PASSWORD}\n")
    describe(shop, sign_in=sign_in)
    said = [shop.lab(*command, SHOP_PASSWORD=PASSWORD) for command in (("check", "."), ("bench", ".", *load))]
    assert said[0].returncode == 0, said[0].stderr
    require_served(said[1], newest(shop))
    require_no_secret(shop, said)


def test_a_script_asks_unchanged_and_its_rows_say_who_has_checked_them(own: Make, engine: DockerClient) -> None:
    shop = own("flask")
    describe(
        shop,
        workloads=["lua", "people"],
        scripts={"lua": {"file": "load.lua"}, "people": {"file": "locustfile.py"}},
        requests={},
    )
    done = shop.lab("bench", ".", *SHORT)
    assert done.returncode == 7, done.stderr
    row = newest(shop)
    assert row["errors"]["status"] > row["requests"] // 2  # /me without a sign-in, and what is not there
    assert not row["valid"]
    done = shop.lab("bench", ".", *SHORT, "--workload", "people")
    assert done.returncode in (0, 7), done.stderr
    row = newest(shop)
    assert row["requests"] > 0
    assert row["errors"]["body"] == row["errors"]["status"] == 0
    assert "checked by the script, not by the lab" in " ".join(row["notes"])
    assert "Checked by the script, not by the lab" in done.stdout
    refused = shop.lab("bench", ".", "--workload", "lua", "--rate", "20")
    assert refused.returncode == 2
    assert "is not asked at a rate" in refused.stderr


def test_the_way_out_is_opened_by_the_flag(own: Make, outside: str, engine: DockerClient) -> None:
    shop = own("flask")
    describe(shop, ready="/login", egress=True)
    shop.ok("up", ".", "--port", "0")
    assert shop.ok("exec", ".", "web", "python", "-c", REACH, outside, "60").strip() == "200"
