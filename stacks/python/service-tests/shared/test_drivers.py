"""Steps carried out against a real Redis, by both drivers."""

import asyncio
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import redis
from service import drive_async, drive_sync
from service.guard import Guard
from service.sessions import Sessions
from service.settings import Settings
from service.steps import Load, Once, Redis, Sleep, Steps, Unreachable, script
from service.tokens import Claims, Tokens

Run = Callable[..., Any]


@pytest.fixture(params=["blocking", "asynchronous"])
def run(request: pytest.FixtureRequest, settings: Settings) -> Run:
    """Carries steps out, each time with a client of its own."""

    def blocking(steps: Steps[Any], load: Callable[..., Any] | None = None) -> Any:
        with drive_sync.client(settings) as client:
            return drive_sync.Driver(client).run(steps, load)

    def asynchronous(steps: Steps[Any], load: Callable[..., Any] | None = None) -> Any:
        async def awaited(*arguments: Any) -> Any:
            return load(*arguments) if load else None

        async def main() -> Any:
            async with drive_async.client(settings) as client:
                return await drive_async.AsyncDriver(client).run(steps, awaited)

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


def test_a_users_answer_and_its_generation_come_together(run: Run, redis_client: redis.Redis) -> None:
    key = uuid.uuid4().hex
    ask_for = ("EVALSHA", script("users_read"), 0, key)
    before = redis_client.incr("users:generation")
    redis_client.set(f"users:{before}:{key}", "kept")
    assert run(ask(ask_for)) == [[b"%d" % before, b"kept"]]
    redis_client.incr("users:generation")
    assert run(ask(ask_for)) == [[b"%d" % (before + 1), None]]
    redis_client.delete("users:generation")
    assert run(ask(ask_for)) == [[b"0", None]]
    redis_client.set("users:generation", before + 2)  # a number that came again would bring old answers back


def test_a_reply_that_is_an_error_is_unreachable(run: Run) -> None:
    with pytest.raises(Unreachable):
        run(ask(("INCR", "x", "y", "z")))


def test_a_redis_that_is_not_there_is_unreachable() -> None:
    client = drive_sync.client(Settings(redis_host="127.0.0.1"))
    with pytest.raises(Unreachable):
        drive_sync.Driver(client).run(ask(("GET", "x")))


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


def test_signing_out_ends_the_token_and_the_session(run: Run, settings: Settings) -> None:
    tokens = Tokens(settings)
    sessions, guard = Sessions(settings, tokens), Guard(settings, tokens)
    refresh_token = _refresh_token(run(sessions.start(7, "user")))
    claims = Claims(7, "user", refresh_token.split(".")[0], uuid.uuid4().hex, int(time.time()) + 60)
    run(guard.enter(claims, "", token=True))
    run(sessions.end(claims))
    with pytest.raises(Exception, match="invalid-token"):
        run(guard.enter(claims, "", token=True))
    with pytest.raises(Exception, match="invalid-token"):
        run(sessions.rotate(refresh_token), {7: "user"}.get)


def slow(calls: list[int]) -> Steps[int]:
    calls.append(1)
    yield Load()
    return len(calls)


def once(calls: list[int], entered: list[int]) -> Steps[int]:
    entered.append(1)
    return (yield Once("key", lambda: slow(calls)))


def test_threads_that_want_the_same_share_one_answer(settings: Settings) -> None:
    driver = drive_sync.Driver(drive_sync.client(settings))
    calls: list[int] = []
    entered: list[int] = []
    answers: list[int] = []

    def load() -> None:
        while len(entered) % 8:
            time.sleep(0.01)
        time.sleep(0.2)  # from there to the question whether somebody is at it

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
        driver = drive_async.AsyncDriver(drive_async.client(settings))
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
