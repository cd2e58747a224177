from typing import Any

import pytest
from playing import play, result
from service.items_cache import ItemsCache
from service.settings import Settings
from service.steps import Cache, Load, Once, Sleep, Unreachable

ITEM = b'{"id":1}'


def simple(**settings: Any) -> ItemsCache:
    """A cache without the lock of the one loader."""
    return ItemsCache(Settings(cache_breakdown=False, **settings))


def test_an_item_of_redis_is_kept_in_the_process_until_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = 1000.0
    monkeypatch.setattr("service.items_cache.time.monotonic", lambda: now_s)
    cache = ItemsCache(Settings(cache_l1_ttl_s=0.05))
    look = Cache((("GET", "item:1"),))
    assert play(cache.read("1"), [ITEM]) == (ITEM, [look])
    assert result(cache.read("1")) == ITEM
    now_s += 0.06
    assert play(cache.read("1"), [ITEM]) == (ITEM, [look])


def test_without_a_time_in_the_process_redis_is_always_asked() -> None:
    cache = ItemsCache(Settings(cache_l1_ttl_s=0))
    for _ in range(2):
        assert play(cache.read("1"), [ITEM]) == (ITEM, [Cache((("GET", "item:1"),))])


def test_an_item_of_postgres_is_stored_after_the_delay_of_the_slow_query() -> None:
    answer, asked = play(simple(item_delay_s=0.3, cache_avalanche=False).read("1"), [None], None, ITEM, [b"OK"])
    assert answer == ITEM
    assert asked[1:] == [Sleep(0.3), Load(), Cache((("SET", "item:1", ITEM, "PX", 60_000),))]


def test_expiry_is_spread_only_with_the_cure_of_the_avalanche() -> None:
    def expiry_ms(cache: ItemsCache) -> int:
        _, asked = play(cache.read("1"), [None], ITEM, [b"OK"])
        return asked[2].commands[0][4]

    spread = {expiry_ms(simple()) for _ in range(50)}
    assert len(spread) > 10
    assert min(spread) >= 60_000
    assert max(spread) <= 90_000
    assert {expiry_ms(simple(cache_avalanche=False)) for _ in range(5)} == {60_000}


def test_that_an_item_does_not_exist_is_kept_only_with_the_cure_of_penetration() -> None:
    cured = simple()
    answer, asked = play(cured.read("9"), [None], None, [b"OK"])
    assert answer is None
    assert asked[2] == Cache((("SET", "item:9", b"", "PX", 5_000),))
    assert result(cured.read("9")) is None
    assert play(simple().read("9"), [b""])[0] is None

    open_ = simple(cache_penetration=False)
    for _ in range(2):
        assert play(open_.read("9"), [None], None) == (None, [Cache((("GET", "item:9"),)), Load()])


def test_that_an_item_does_not_exist_is_kept_no_longer_than_items_are() -> None:
    _, asked = play(simple(cache_ttl_s=2).read("9"), [None], None, [b"OK"])
    assert asked[2] == Cache((("SET", "item:9", b"", "PX", 1_000),))


def test_that_an_item_does_not_exist_is_kept_no_longer_in_the_process_than_in_redis(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now_s = 1000.0
    monkeypatch.setattr("service.items_cache.time.monotonic", lambda: now_s)
    cache = simple(cache_l1_ttl_s=3600)
    assert play(cache.read("9"), [b""])[0] is None
    now_s += 4.9
    assert result(cache.read("9")) is None
    now_s += 0.2
    assert play(cache.read("9"), [ITEM])[0] == ITEM


def test_without_redis_items_come_from_postgres_and_are_not_stored() -> None:
    assert play(simple().read("1"), Unreachable(), ITEM) == (ITEM, [Cache((("GET", "item:1"),)), Load()])
    assert play(simple().read("1"), [None], ITEM, Unreachable())[0] == ITEM


def test_with_the_cache_off_nothing_is_kept_and_absent_items_are_none() -> None:
    cache = ItemsCache(Settings(cache=False))
    assert play(cache.read("1"), ITEM) == (ITEM, [Load()])
    assert play(cache.read("1"), None) == (None, [Load()])


def loader(cache: ItemsCache) -> Any:
    """The steps of the one who loads."""
    steps = cache.read("1")
    next(steps)
    once = steps.send([None])
    assert isinstance(once, Once)
    assert once.key == "item:1"
    return once.steps()


def test_the_one_loader_holds_a_lock_and_gives_it_back_with_the_item() -> None:
    answer, asked = play(loader(ItemsCache(Settings())), [b"OK", None], ITEM, [b"OK", None])
    assert answer == ITEM
    (lock, look), (store, unlock) = asked[0].commands, asked[2].commands
    assert lock[:2] == ("SET", "lock:item:1")
    assert lock[3:] == ("NX", "PX", 2000)
    assert look == ("GET", "item:1")
    assert store[:2] == ("SET", "item:1")
    assert unlock[3:] == ("lock:item:1", lock[2])


def test_who_does_not_get_the_lock_looks_again_until_the_item_is_there() -> None:
    answer, asked = play(loader(ItemsCache(Settings())), [None, None], None, [None, ITEM])
    assert answer == ITEM
    assert asked[1] == Sleep(0.01)


def test_who_gets_the_lock_late_and_finds_the_item_gives_the_lock_back() -> None:
    answer, asked = play(loader(ItemsCache(Settings())), [b"OK", ITEM], [None])
    assert answer == ITEM
    assert asked[1].commands[0][0] == "EVALSHA"


def test_the_end_of_a_lock_whose_owner_died_is_no_stampede(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = iter([0.0, 2.5, 5.0, *[9.0] * 9])
    steps = loader(ItemsCache(Settings()))
    monkeypatch.setattr("service.loading.time.monotonic", lambda: next(now_s))
    answer, asked = play(steps, [None, None], None, [None, None], None, [None, ITEM])
    assert answer == ITEM
    assert [type(step) for step in asked] == [Cache, Sleep, Cache, Sleep, Cache]


def test_after_ten_seconds_of_looking_the_item_is_loaded_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    now_s = iter([0.0, 9.5, 10.5, *[11.0] * 9])
    steps = loader(ItemsCache(Settings()))
    monkeypatch.setattr("service.loading.time.monotonic", lambda: next(now_s))
    answer, asked = play(steps, [None, None], None, [None, None], ITEM, [b"OK"])
    assert answer == ITEM
    assert [type(step) for step in asked] == [Cache, Sleep, Cache, Load, Cache]


def test_a_loader_that_fails_gives_the_lock_back() -> None:
    steps = loader(ItemsCache(Settings()))
    next(steps)
    assert steps.send([b"OK", None]) == Load()
    unlock = steps.throw(ValueError("Postgres"))
    assert unlock.commands[0][3] == "lock:item:1"
    with pytest.raises(ValueError, match="Postgres"):
        steps.send([1])


def test_a_lock_that_cannot_be_asked_for_is_done_without() -> None:
    answer, asked = play(loader(ItemsCache(Settings())), Unreachable(), ITEM)
    assert answer == ITEM
    assert asked[1] == Load()
