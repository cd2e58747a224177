"""Steps carried out against a real Redis, by both drivers."""

import asyncio
import json
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import redis
from service import drive_async, drive_sync
from service.guard import Guard
from service.problems import Problem
from service.sessions import Sessions
from service.settings import Settings
from service.steps import Cache, Load, Once, Redis, Sleep, Steps, Unreachable, script
from service.tokens import Claims, Tokens

Run = Callable[..., Any]


def cache_of(settings: Settings) -> tuple[str, str]:
    return settings.cache_host, settings.redis_password


def redis_of(settings: Settings) -> tuple[str, str]:
    return settings.redis_host, settings.redis_password


@pytest.fixture(params=["blocking", "asynchronous"])
def run(request: pytest.FixtureRequest, settings: Settings) -> Run:
    """Carries steps out, each time with a client of its own."""

    def blocking(steps: Steps[Any], load: Callable[..., Any] | None = None) -> Any:
        with drive_sync.client(*redis_of(settings)) as client:
            return drive_sync.Driver(client, client).run(steps, load)

    def asynchronous(steps: Steps[Any], load: Callable[..., Any] | None = None) -> Any:
        async def awaited(*arguments: Any) -> Any:
            return load(*arguments) if load else None

        async def main() -> Any:
            async with drive_async.client(*redis_of(settings)) as client:
                return await drive_async.AsyncDriver(client, client).run(steps, awaited)

        return asyncio.run(main())

    return blocking if request.param == "blocking" else asynchronous


def ask(*commands: Any) -> Steps[Any]:
    return (yield Redis(commands))


def test_several_commands_have_their_replies_in_order(run: Run) -> None:
    key = uuid.uuid4().hex
    commands = (("SET", key, b"\xff", "PX", 1000), ("GET", key), ("EXISTS", key), ("GET", key + "-"))
    replies = run(ask(*commands))
    assert replies[1:] == [b"\xff", 1, None]


def test_scripts_are_brought_to_a_redis_that_does_not_know_them(run: Run, redis_client: redis.Redis) -> None:
    redis_client.script_flush()
    ((taken, left, until_one_ms, _),) = run(
        ask(("EVALSHA", script("token_bucket"), 1, f"bucket:{uuid.uuid4().hex}", 10, 10))
    )
    assert (taken, left, until_one_ms) == (1, 9, 0)


def test_the_two_redis_are_asked_by_their_own_steps(settings: Settings) -> None:
    def steps() -> Steps[list[bytes]]:
        yield Redis((("SET", "which", "redis", "PX", 60_000),))
        yield Cache((("SET", "which", "cache", "PX", 60_000),))
        (one,), (other,) = (yield Redis((("GET", "which"),))), (yield Cache((("GET", "which"),)))
        return [one, other]

    with drive_sync.client(*redis_of(settings)) as client, drive_sync.client(*cache_of(settings)) as cache:
        assert drive_sync.Driver(client, cache).run(steps()) == [b"redis", b"cache"]

    async def main() -> list[bytes]:
        async with drive_async.client(*redis_of(settings)) as client, drive_async.client(*cache_of(settings)) as cache:
            return await drive_async.AsyncDriver(client, cache).run(steps())

    assert asyncio.run(main()) == [b"redis", b"cache"]


def test_a_users_answer_and_its_generation_come_together(run: Run, redis_client: redis.Redis) -> None:
    key = uuid.uuid4().hex
    redis_client.set("users:generation", "this")
    redis_client.set(f"users:this:{key}", "kept")
    ask_for = ("EVALSHA", script("users_read"), 1, "users:generation", key, "new", 0)
    assert run(ask(ask_for)) == [[b"this", b"kept"]]
    redis_client.delete("users:generation")  # evicted
    assert run(ask(ask_for)) == [[b"new", None]]
    assert run(ask(("EVALSHA", script("users_read"), 1, "users:generation", key, "newer", 0))) == [[b"new", None]]


def test_a_reply_that_is_an_error_is_unreachable(run: Run) -> None:
    with pytest.raises(Unreachable):
        run(ask(("INCR", "x", "y", "z")))


def test_a_redis_that_is_not_there_is_unreachable() -> None:
    client = drive_sync.client("127.0.0.1", "none")
    with pytest.raises(Unreachable):
        drive_sync.Driver(client, client).run(ask(("GET", "x")))


def test_a_policy_may_handle_what_the_framework_could_not_load(run: Run) -> None:
    def steps() -> Steps[str]:
        try:
            yield Load((1,))
        except LookupError:
            yield Sleep(0.001)
            return "handled"
        return "loaded"

    def fails(number: int) -> None:
        raise LookupError(number)

    assert run(steps(), fails) == "handled"


def test_the_bucket_of_a_client_empties_and_fills(run: Run, settings: Settings, redis_client: redis.Redis) -> None:
    guard = Guard(Settings(rate_limit=3, jwt_key=settings.jwt_key), Tokens(settings))
    address = uuid.uuid4().hex
    for left in (2, 1, 0):
        _fill(redis_client, address, left + 1, hours=1)
        assert dict(run(guard.enter(None, address)).headers)["RateLimit-Remaining"] == str(left)
    _fill(redis_client, address, 0, hours=1)
    with pytest.raises(Exception, match="rate-limited"):
        run(guard.enter(None, address))
    _fill(redis_client, address, 0, hours=-1)
    assert dict(run(guard.enter(None, address)).headers)["RateLimit-Remaining"] == "2"


def test_a_refresh_token_is_good_once_and_its_second_use_ends_the_session(run: Run, settings: Settings) -> None:
    sessions = Sessions(settings, Tokens(settings))
    role = {7: "user"}.get
    first = _refresh_token(run(sessions.start(7, "user")))
    second = _refresh_token(run(sessions.rotate(first), role))
    third = _refresh_token(run(sessions.rotate(second), role))
    for used_or_ended in (first, third):
        with pytest.raises(Exception, match="invalid-token"):
            run(sessions.rotate(used_or_ended), role)


def signed_in(run: Run, settings: Settings, user_id: int, role: str = "user") -> tuple[Claims, str]:
    """The claims of the access token of a new session, and its refresh token."""
    tokens = Tokens(settings)
    answer = json.loads(run(Sessions(settings, tokens).start(user_id, role)))
    claims = tokens.claims(f"Bearer {answer['access_token']}")
    assert claims is not None
    return claims, answer["refresh_token"]


def lets_in(run: Run, settings: Settings, claims: Claims) -> bool:
    """Whether an access token is good."""
    try:
        run(Guard(settings, Tokens(settings)).enter(claims, "", token=True))
    except Problem as problem:
        if problem.slug != "invalid-token":
            raise
        return False
    return True


def test_signing_out_ends_the_token_and_the_session(run: Run, settings: Settings) -> None:
    claims, refresh_token = signed_in(run, settings, 7)
    assert lets_in(run, settings, claims)
    sessions = Sessions(settings, Tokens(settings))
    run(sessions.end(claims))
    assert not lets_in(run, settings, claims)
    with pytest.raises(Problem, match="invalid-token"):
        run(sessions.rotate(refresh_token), {7: "user"}.get)


def test_the_exchange_that_an_earlier_run_of_redis_wrote_may_be_repeated_once(
    run: Run, settings: Settings, redis_client: redis.Redis
) -> None:
    sessions, role = Sessions(settings, Tokens(settings)), {7: "user"}.get
    claims, first = signed_in(run, settings, 7)
    second = _refresh_token(run(sessions.rotate(first), role))
    redis_client.hset(f"session:{claims.sid}", "refresh", "2 another")  # as after a crash
    assert _refresh_token(run(sessions.rotate(first), role)) == second
    assert lets_in(run, settings, claims)
    with pytest.raises(Problem, match="invalid-token"):  # this time nobody died
        run(sessions.rotate(first), role)
    assert not lets_in(run, settings, claims)


def test_an_exchange_that_redis_comes_to_too_late_is_none_and_the_token_stays_good(
    run: Run, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions, role = Sessions(settings, Tokens(settings)), {7: "user"}.get
    claims, first = signed_in(run, settings, 7)
    with monkeypatch.context() as waiting:
        waiting.setattr("service.sessions.TIMEOUT_S", -1.0)  # as if Redis had stood still meanwhile
        with pytest.raises(Problem, match="unavailable"):
            run(sessions.rotate(first), role)
    second = _refresh_token(run(sessions.rotate(first), role))
    assert lets_in(run, settings, claims)
    assert second != first


def test_an_older_exchange_is_a_replay_whoever_wrote_the_last_one(
    run: Run, settings: Settings, redis_client: redis.Redis
) -> None:
    claims, first = signed_in(run, settings, 7)
    redis_client.hset(f"session:{claims.sid}", "refresh", "3 another")
    with pytest.raises(Problem, match="invalid-token"):
        run(Sessions(settings, Tokens(settings)).rotate(first), {7: "user"}.get)
    assert not lets_in(run, settings, claims)


def test_a_token_of_an_exchange_that_redis_forgot_is_good(
    run: Run, settings: Settings, redis_client: redis.Redis
) -> None:
    sessions, role = Sessions(settings, Tokens(settings)), {7: "user"}.get
    claims, first = signed_in(run, settings, 7)
    second = _refresh_token(run(sessions.rotate(first), role))
    redis_client.hset(f"session:{claims.sid}", "refresh", "1 another")
    assert ".3." in _refresh_token(run(sessions.rotate(second), role))


def test_a_user_has_so_many_sessions_and_the_oldest_ends(
    run: Run, settings: Settings, redis_client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.sessions.MOST_OF_A_USER", 2)
    user_id = uuid.uuid4().int % 10**12
    claims = [signed_in(run, settings, user_id)[0] for _ in range(3)]
    assert [lets_in(run, settings, each) for each in claims] == [False, True, True]
    assert redis_client.zcard(f"sessions:{user_id}") == 2


def test_nobody_signs_in_as_one_who_is_being_changed(run: Run, settings: Settings, redis_client: redis.Redis) -> None:
    sessions = Sessions(settings, Tokens(settings))
    claims, refresh_token = signed_in(run, settings, 9)
    run(sessions.lock(9))
    assert not lets_in(run, settings, claims)
    with pytest.raises(Problem, match="invalid-credentials"):
        run(sessions.start(9, "user"))
    with pytest.raises(Problem, match="invalid-token"):
        run(sessions.rotate(refresh_token), {9: "user"}.get)
    redis_client.delete("account:9")
    signed_in(run, settings, 9)


def slow(calls: list[int]) -> Steps[int]:
    calls.append(1)
    yield Load()
    return len(calls)


def once(calls: list[int], entered: list[int]) -> Steps[int]:
    entered.append(1)
    return (yield Once("key", lambda: slow(calls)))


def test_threads_that_want_the_same_share_one_answer(settings: Settings) -> None:
    driver = drive_sync.Driver(*2 * [drive_sync.client(*redis_of(settings))])
    calls: list[int] = []
    entered: list[int] = []
    answers: list[int] = []

    def load() -> None:
        while len(entered) % 8:
            time.sleep(0.01)
        time.sleep(1)  # from there to the question whether somebody is at it

    def run() -> None:
        answers.append(driver.run(once(calls, entered), load))

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [1] * 8
    assert driver.run(slow(calls), lambda: None) == 2


def test_tasks_that_want_the_same_share_one_answer_also_when_the_first_gives_up(settings: Settings) -> None:
    async def main() -> None:
        driver = drive_async.AsyncDriver(*2 * [drive_async.client(*redis_of(settings))])
        calls: list[int] = []
        entered: list[int] = []
        goes_on = asyncio.Event()
        tasks = [asyncio.create_task(driver.run(once(calls, entered), goes_on.wait)) for _ in range(8)]
        while len(entered) < 8:
            await asyncio.sleep(0)
        tasks[0].cancel()
        goes_on.set()
        assert await asyncio.gather(*tasks[1:]) == [1] * 7
        assert await driver.run(once(calls, entered), goes_on.wait) == 2

    asyncio.run(main())


def _fill(redis_client: redis.Redis, address: str, tokens: int, *, hours: int) -> None:
    """Give a bucket so many tokens; so many hours from now lies its last change, after which others come."""
    at_ms = int((time.time() + hours * 3600) * 1000)
    redis_client.hset(f"bucket:address:{address}", mapping={"tokens": tokens, "at_ms": at_ms})


def _refresh_token(answer: bytes) -> str:
    return answer.decode().rpartition('"refresh_token":"')[2].rstrip('"}')
