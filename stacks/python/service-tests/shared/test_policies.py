"""Guard, sessions and users cache: what they ask of Redis and what they make of the replies."""

import json
from typing import Any

import pytest
from playing import play, result
from service.guard import Guard, Passage
from service.paging import Page
from service.problems import Problem
from service.sessions import Sessions
from service.settings import Settings
from service.steps import Cache, Load, Once, Redis, Unreachable
from service.tokens import Claims, Refresh, Tokens
from service.users_cache import UsersCache, page_key, user_key

USER = Claims(user_id=7, role="user", sid="s", jti="j", exp=9_999_999_999)
ADMIN = USER._replace(role="admin")
ROOM = [1, 999, 0, 1]
RATE = [("RateLimit-Limit", "1000"), ("RateLimit-Remaining", "999"), ("RateLimit-Reset", "1")]


def guard(**settings: Any) -> Guard:
    made = Settings(jwt_key=b"k" * 64, **settings)
    return Guard(made, Tokens(made))


def test_limit_session_and_user_are_asked_in_one_round_trip() -> None:
    let_in, asked = play(guard().enter(USER, "1.1.1.1", token=True), [ROOM, b"7", b"user"])
    assert let_in == Passage(USER, RATE, False)
    ((commands,),) = asked
    assert commands[0][3:] == ("bucket:user:7", 1000, 1000)
    assert commands[1:] == (("HGET", "session:s", "user"), ("GET", "account:7"))


def test_without_a_token_the_address_has_the_bucket() -> None:
    _, ((commands,),) = play(guard().enter(None, "1.1.1.1"), [ROOM])
    assert commands[0][3] == "bucket:address:1.1.1.1"


def test_an_empty_bucket_comes_before_a_bad_token() -> None:
    with pytest.raises(Problem, match="rate-limited") as refused:
        play(guard().enter(None, "1.1.1.1", token=True), [[0, 0, 1, 1500]])
    assert dict(refused.value.headers)["Retry-After"] == "1"
    assert dict(refused.value.headers)["RateLimit-Reset"] == "2"


@pytest.mark.parametrize(
    ("claims", "admin", "replies", "slug"),
    [
        (None, False, [ROOM], "invalid-token"),
        (USER, False, [ROOM, None, b"user"], "invalid-token"),  # the session ended
        (USER, False, [ROOM, b"8", b"user"], "invalid-token"),  # it is another user's
        (USER, False, [ROOM, b"7", None], "invalid-token"),  # nobody signed in as him any more
        (USER, False, [ROOM, b"7", b""], "invalid-token"),  # he is being deleted
        (ADMIN, True, [ROOM, b"7", b"user"], "invalid-token"),  # he is no admin any more
        (USER, True, [ROOM, b"7", b"user"], "forbidden"),
    ],
)
def test_token_and_role_are_checked_in_this_order(
    claims: Claims | None, *, admin: bool, replies: list[Any], slug: str
) -> None:
    with pytest.raises(Problem, match=slug) as refused:
        play(guard().enter(claims, "1.1.1.1", token=True, admin=admin), replies)
    assert refused.value.headers[:3] == RATE


def test_without_redis_tokens_are_refused_and_the_limit_is_not_asked() -> None:
    with pytest.raises(Problem, match="unavailable"):
        play(guard().enter(USER, "1.1.1.1", token=True), Unreachable())
    with pytest.raises(Problem, match="invalid-token"):
        play(guard().enter(None, "1.1.1.1", token=True), Unreachable())
    assert play(guard().enter(USER, "1.1.1.1"), Unreachable())[0] == Passage(USER, [], True)


def test_with_auth_and_limit_off_nobody_is_asked_and_everybody_is_admin() -> None:
    open_ = guard(auth=False, limit=False)
    claims = open_.identify("Bearer nonsense")
    assert result(open_.enter(claims, "1.1.1.1", token=True, admin=True)).user.user_id == 1


def test_with_auth_off_the_address_has_the_bucket() -> None:
    open_ = guard(auth=False)
    _, ((commands,),) = play(open_.enter(open_.identify(None), "1.1.1.1", token=True), [ROOM])
    assert [command[3] for command in commands] == ["bucket:address:1.1.1.1"]


def test_others_are_for_admins() -> None:
    Passage(USER, [], False).allow(7)
    Passage(ADMIN, [], False).allow(8)
    with pytest.raises(Problem, match="forbidden"):
        Passage(USER, [], False).allow(8)


TOKENS = Tokens(Settings(jwt_key=b"k" * 64))
SID = "a" * 22


@pytest.fixture
def sessions() -> Sessions:
    settings = Settings(jwt_key=b"k" * 64)
    return Sessions(settings, Tokens(settings))


def refresh_token(answer: bytes) -> Refresh:
    return TOKENS.refresh(json.loads(answer)["refresh_token"])


def test_a_session_begins_with_the_first_of_its_tokens(sessions: Sessions) -> None:
    answer, ((commands,),) = play(sessions.start(7, "user"), [1])
    token = refresh_token(answer)
    assert token.number == 1
    keys = (f"session:{token.sid}", "account:7", "sessions:7")
    assert commands[0][2:] == (3, *keys, 7, "user", token.sid, 604_800, 1000)


def test_nobody_signs_in_as_a_user_who_is_being_deleted(sessions: Sessions) -> None:
    with pytest.raises(Problem, match="invalid-credentials"):
        play(sessions.start(7, "user"), [0])


CLOCK = [b"1000", b"5"]


def test_a_refresh_token_is_exchanged_after_the_role_was_read_again(sessions: Sessions) -> None:
    answer, asked = play(sessions.rotate(TOKENS.refresh_text(Refresh(SID, 4))), [b"7", CLOCK], "admin", [5])
    assert asked[0] == Redis((("HGET", f"session:{SID}", "user"), ("TIME",)))
    assert asked[1] == Load((7,))
    *arguments, until_us = asked[2].commands[0][6:]
    assert arguments == [7, "admin", SID, 4, 604_800]
    assert 1002.5e6 <= until_us - 5 < 1003.5e6  # 3 s from now, less half a one for the answer
    assert refresh_token(answer) == Refresh(SID, 5)


@pytest.mark.parametrize("replies", [([None, CLOCK],), ([b"7", CLOCK], None), ([b"7", CLOCK], "user", [0])])
def test_a_refresh_token_without_session_user_or_right_is_refused(sessions: Sessions, replies: tuple[Any, ...]) -> None:
    with pytest.raises(Problem, match="invalid-token"):
        play(sessions.rotate(TOKENS.refresh_text(Refresh(SID, 1))), *replies)


GOOD = TOKENS.refresh_text(Refresh(SID, 1))


@pytest.mark.parametrize(
    "token",
    ["", ".", "a.b", "a" * 68, f"{GOOD}\n", GOOD.replace("a", "é", 1), GOOD.replace(".1.", ".2."),
     GOOD.replace(".1.", ".01."), GOOD.replace("a", "b", 1), f"{SID}.1.{'b' * 43}", f"{SID}.{'b' * 43}",
     GOOD[:-1] + chr(ord(GOOD[-1]) + 1)],
)  # fmt: skip
def test_what_is_no_refresh_token_of_ours_is_refused_without_asking(sessions: Sessions, token: str) -> None:
    with pytest.raises(Problem, match="invalid-token"):
        result(sessions.rotate(token))


def test_signing_out_ends_the_session(sessions: Sessions) -> None:
    _, ((commands,),) = play(sessions.end(USER), [1, 1])
    assert commands == (("DEL", "session:s"), ("ZREM", "sessions:7", "s"))


def test_who_is_being_deleted_is_nobody_longer_than_a_request_takes(sessions: Sessions) -> None:
    _, asked = play(sessions.lock(7), [b"OK"])
    assert asked == [Redis((("SET", "account:7", "", "EX", 120),))]


def test_a_kept_user_is_answered_without_postgres() -> None:
    assert play(UsersCache(Settings()).read(user_key("7")), [[b"g", b"{}"]])[0] == b"{}"


def simple(**settings: Any) -> UsersCache:
    """A cache without the lock of the one loader, whose expiry is not drawn."""
    return UsersCache(Settings(cache_breakdown=False, cache_avalanche=False, **settings))


def test_a_user_from_postgres_is_kept_under_the_generation_of_before() -> None:
    answer, asked = play(simple().read(user_key("7")), [[b"g", None]], b"{}", [b"OK"])
    assert answer == b"{}"
    assert asked[1:] == [Load(), Cache((("SET", "users:g:user:7", b"{}", "PX", 60_000),))]


def test_one_of_all_who_want_a_user_loads_him() -> None:
    steps = UsersCache(Settings()).read(user_key("7"))
    next(steps)
    once = steps.send([[b"g", None]])
    assert isinstance(once, Once)
    assert once.key == "users:g:user:7"
    answer, asked = play(once.steps(), [b"OK", None], b"{}", [b"OK", 1])
    assert answer == b"{}"
    assert asked[0].commands[0][:2] == ("SET", "lock:users:g:user:7")
    assert 60_000 <= asked[2].commands[0][4] <= 90_000


def test_each_reader_brings_the_name_of_a_generation_that_never_was() -> None:
    names = {next(UsersCache(Settings()).read("user:7")).commands[0][5] for _ in range(100)}
    assert len(names) == 100


def test_a_user_has_a_generation_of_his_own_that_outlives_what_is_kept_and_pages_have_one_that_stays() -> None:
    for key, name, lives_ms in (("user:7", "user:7:generation", 120_000), ("page:20:5", "users:generation", 0)):
        command = next(UsersCache(Settings()).read(key)).commands[0]
        assert (command[3], command[4], command[6]) == (name, key, lives_ms)


def test_a_write_makes_its_user_and_the_pages_unknown() -> None:
    def forgotten(user_id: int | None) -> list[str]:
        _, asked = play(UsersCache(Settings()).before_write(user_id), [b"OK", b"OK"])
        return [command[1] for command in asked[0].commands]

    assert forgotten(7) == ["users:generation", "user:7:generation"]
    assert forgotten(None) == ["users:generation"]


def test_pages_are_kept_by_limit_and_cursor() -> None:
    assert page_key(Page(limit=20, after=5)) == "page:20:5"


def test_without_the_cache_users_come_from_postgres() -> None:
    assert play(UsersCache(Settings()).read("user:7"), Unreachable(), b"{}")[0] == b"{}"
    off = UsersCache(Settings(cache=False))
    assert play(off.read("user:7"), b"{}") == (b"{}", [Load()])


def test_a_write_that_cannot_tell_the_cache_is_refused_before_and_stands_after() -> None:
    cache = UsersCache(Settings())
    with pytest.raises(Problem, match="unavailable"):
        play(cache.before_write(), Unreachable())
    _, asked = play(cache.after_write(), Unreachable())
    assert asked[0].commands[0][:2] == ("SET", "users:generation")
