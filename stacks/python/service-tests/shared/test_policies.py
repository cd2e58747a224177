"""Guard, sessions and users cache: what they ask of Redis and what they make of the replies."""

import hashlib
import json
from typing import Any

import pytest
from playing import play, result
from service.guard import Guard, Passage
from service.paging import Page
from service.problems import Problem
from service.sessions import Sessions
from service.settings import Settings
from service.steps import Load, Redis, Unreachable
from service.tokens import Claims, Tokens
from service.users_cache import UsersCache, page_key, user_key

USER = Claims(user_id=7, role="user", sid="s", jti="j", exp=9_999_999_999)
ADMIN = USER._replace(role="admin")
ROOM = [1, 999, 0, 1]
RATE = [("RateLimit-Limit", "1000"), ("RateLimit-Remaining", "999"), ("RateLimit-Reset", "1")]


def guard(**settings: Any) -> Guard:
    made = Settings(jwt_key=b"k" * 64, **settings)
    return Guard(made, Tokens(made))


def passage(ahead: list[Any], *, down: bool = False) -> Passage:
    return Passage(USER, [], ahead, down)


def test_limit_blacklist_and_cache_are_asked_in_one_round_trip() -> None:
    let_in, asked = play(guard().enter(USER, "1.1.1.1", token=True, ahead=(("GET", "x"),)), [ROOM, 0, b"kept"])
    assert let_in == Passage(USER, RATE, [b"kept"], False)
    ((commands,),) = asked
    assert [command[0] for command in commands] == ["EVALSHA", "EXISTS", "GET"]
    assert commands[0][3:] == ("bucket:user:7", 1000, 1000)
    assert commands[1] == ("EXISTS", "blacklist:j")


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
        (USER, False, [ROOM, 1], "invalid-token"),
        (ADMIN, True, [ROOM, 1], "invalid-token"),
        (USER, True, [ROOM, 0], "forbidden"),
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
    assert play(guard().enter(USER, "1.1.1.1"), Unreachable())[0] == Passage(USER, [], [], True)


def test_with_auth_and_limit_off_nobody_is_asked_and_everybody_is_admin() -> None:
    open_ = guard(auth=False, limit=False)
    claims = open_.identify("Bearer nonsense")
    assert result(open_.enter(claims, "1.1.1.1", token=True, admin=True)).user.user_id == 1


def test_with_auth_off_the_address_has_the_bucket() -> None:
    open_ = guard(auth=False)
    _, ((commands,),) = play(open_.enter(open_.identify(None), "1.1.1.1", token=True), [ROOM])
    assert [command[3] for command in commands] == ["bucket:address:1.1.1.1"]


def test_others_are_for_admins() -> None:
    passage([]).allow(7)
    Passage(ADMIN, [], [], False).allow(8)
    with pytest.raises(Problem, match="forbidden"):
        passage([]).allow(8)


@pytest.fixture
def sessions() -> Sessions:
    settings = Settings(jwt_key=b"k" * 64)
    return Sessions(settings, Tokens(settings))


def test_a_session_keeps_only_the_hash_of_its_secret_and_ends(sessions: Sessions) -> None:
    answer, ((commands,),) = play(sessions.start(7, "user"), [b"OK", b"QUEUED", b"QUEUED", [2, 1]])
    sid, secret = json.loads(answer)["refresh_token"].split(".")
    assert (len(sid), len(secret)) == (22, 43)
    stored = ("HSET", f"session:{sid}", "user", 7, "secret", hashlib.sha256(secret.encode()).hexdigest())
    assert commands == (("MULTI",), stored, ("EXPIRE", f"session:{sid}", 604_800), ("EXEC",))


def test_a_refresh_token_is_exchanged_after_the_role_was_read_again(sessions: Sessions) -> None:
    token = f"{'a' * 22}.{'b' * 43}"
    answer, asked = play(sessions.rotate(token), [b"7"], "admin", [b"7"])
    assert asked[0] == Redis((("HGET", f"session:{'a' * 22}", "user"),))
    assert asked[1] == Load((7,))
    assert json.loads(answer)["refresh_token"].split(".")[0] == "a" * 22


@pytest.mark.parametrize("replies", [([None],), ([b"7"], None), ([b"7"], "user", [b""])])
def test_a_refresh_token_without_session_user_or_right_is_refused(sessions: Sessions, replies: tuple[Any, ...]) -> None:
    with pytest.raises(Problem, match="invalid-token"):
        play(sessions.rotate(f"{'a' * 22}.{'b' * 43}"), *replies)


@pytest.mark.parametrize("token", ["", ".", "a.b", "a" * 66, f"{'a' * 22}.{'b' * 43}\n", f"{'é' * 22}.{'b' * 43}"])
def test_what_is_no_refresh_token_is_refused_without_asking(sessions: Sessions, token: str) -> None:
    with pytest.raises(Problem, match="invalid-token"):
        result(sessions.rotate(token))


def test_signing_out_revokes_the_token_until_it_expires(sessions: Sessions) -> None:
    _, ((commands,),) = play(sessions.end(USER), [b"OK", 1])
    assert commands == (("SET", "blacklist:j", 1, "EXAT", 9_999_999_999), ("DEL", "session:s"))


def test_a_kept_user_is_answered_without_postgres() -> None:
    assert result(UsersCache(Settings()).read(user_key("7"), passage([[b"3", b"{}"]]))) == b"{}"


def test_a_user_from_postgres_is_kept_under_the_generation_of_before() -> None:
    answer, asked = play(UsersCache(Settings()).read(user_key("7"), passage([[b"3", None]])), b"{}", [b"OK"])
    assert answer == b"{}"
    assert asked == [Load(), Redis((("SET", "users:3:user:7", b"{}", "PX", 60_000),))]


def test_pages_are_kept_by_limit_and_cursor() -> None:
    assert page_key(Page(limit=20, after=5)) == "page:20:5"


def test_without_redis_or_cache_users_come_from_postgres() -> None:
    assert play(UsersCache(Settings()).read("user:7", passage([], down=True)), b"{}") == (b"{}", [Load()])
    off = UsersCache(Settings(cache=False))
    assert off.ahead("user:7") == ()
    assert play(off.read("user:7", passage([])), b"{}") == (b"{}", [Load()])


def test_a_write_that_cannot_tell_the_cache_is_refused_before_and_stands_after() -> None:
    cache = UsersCache(Settings())
    with pytest.raises(Problem, match="unavailable"):
        play(cache.before_write(), Unreachable())
    _, asked = play(cache.after_write(), Unreachable())
    assert asked == [Redis((("INCR", "users:generation"),))]
