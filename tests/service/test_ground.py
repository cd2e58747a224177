"""What the services stand on: Postgres, Redis, the secrets, the migrations and the seed, without any service."""

from collections.abc import Iterator

import pytest

from tests.service.ground import Ground, bare_ground, ground

pytestmark = pytest.mark.xdist_group("ground")


REDIS_CLIENT = "exec 3<>/dev/tcp/127.0.0.1/6379; sleep 600"
STOPS_WITHIN_S = "60"
"""Longer than any disk takes for what it is given last, and shorter than the clients stay."""


@pytest.fixture(scope="module", name="ground")
def the_ground(service_images: None) -> Iterator[Ground]:
    with ground("ground") as up:
        yield up


def test_the_seed_is_the_documented_one(ground: Ground) -> None:
    assert ground.sql("SELECT count(*), min(id), max(id), count(*) FILTER (WHERE role = 'admin') FROM users") == (
        "10000|1|10000|1000"
    )
    assert ground.sql("SELECT name, email, role FROM users WHERE id = 1") == "Ada|user00001@example.org|admin"
    assert ground.sql("SELECT count(*) FROM profiles") == "9000"
    assert ground.sql("SELECT count(*), sum(price_cents - 1000 - id) FROM items") == "1000|0"
    assert ground.sql("SELECT stock, count(*) FROM items WHERE stock = initial_stock GROUP BY 1 ORDER BY 1") == (
        "0|10\n3|10\n1000000000|980"
    )


def test_new_rows_get_ids_after_those_of_the_seed(ground: Ground) -> None:
    insert = "INSERT INTO items (name, price_cents, initial_stock, stock) VALUES ('New', 1, 1, 1) RETURNING id"
    assert ground.sql(f"BEGIN; {insert}; ROLLBACK").splitlines()[1] == "1001"


def test_migrating_again_changes_nothing(ground: Ground) -> None:
    ground.sql("UPDATE users SET name = 'Changed' WHERE id = 3")
    assert "nothing was to be seeded" in ground.compose("run", "--rm", "migrate").stdout
    assert ground.sql("SELECT name FROM users WHERE id = 3") == "Changed"


def test_migrating_without_postgres_ends_with_3_and_says_why(ground: Ground) -> None:
    done = ground.compose("run", "--rm", "--env=POSTGRES_HOST=nowhere", "migrate", ok=False)
    assert done.returncode == 3
    assert "Postgres cannot be reached at nowhere:5432" in done.stdout + done.stderr


def test_the_models_have_the_columns_that_the_migrations_make(ground: Ground) -> None:
    lines = "; ".join(
        (
            "from service.models import Base",
            "print(*sorted(f'{c.table}.{c.name}' for t in Base.metadata.tables.values() for c in t.columns))",
        )
    )
    modelled = ground.compose("run", "--rm", "--no-deps", "migrate", "python", "-c", lines).stdout.split()
    made = ground.sql(
        "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND table_name IN ('users', 'profiles', 'items', 'orders')"
    )
    assert modelled == sorted(made.split())


def test_production_refuses_accounts_whose_password_is_published(ground: Ground) -> None:
    done = ground.compose("run", "--rm", "--env=APP_ENV=production", "migrate", ok=False)
    assert done.returncode == 2
    assert "10000 accounts have the published password" in done.stdout + done.stderr


def test_a_service_in_production_begins_without_accounts_and_its_operator_makes_the_first_admin(
    service_images: None,
) -> None:
    with bare_ground("production") as up:
        assert "seeded items" in up.compose("run", "--rm", "--env=APP_ENV=production", "migrate").stdout
        assert up.sql("SELECT count(*) FROM users") == "0"
        for password, code in (("lab-password", 2), ("short", 2), ("a word of my own", 0), ("another word", 2)):
            argv = ("run", "--rm", "--no-TTY", "migrate", "python", "add_admin.py", "ada@example.org")
            assert up.compose(*argv, ok=False, said=f"{password}\n").returncode == code, password
        made = up.sql("SELECT email, role, password_hash FROM users").split("|")
        assert made[:2] == ["ada@example.org", "admin"]
        check = f"from service import passwords; print(passwords.verify('{made[2]}', 'a word of my own'))"
        assert "True" in up.compose("run", "--rm", "--no-deps", "migrate", "python", "-c", check).stdout


def test_secrets_that_exist_stay(ground: Ground) -> None:
    read = ("run", "--rm", "--no-TTY", "secrets", "sh", "-c", "cat /run/lab/*")
    before = ground.compose(*read).stdout
    ground.compose("run", "--rm", "secrets")
    assert len(before) == 3 * 64
    assert ground.compose(*read).stdout == before


def test_postgres_sees_its_own_password_and_nothing_else(ground: Ground) -> None:
    seen = ground.compose("exec", "-T", "postgres", "ls", "/run/lab").stdout.split()
    assert seen == ["postgres_owner_password", "postgres_password", "postgres_watcher_password"]


def test_who_reads_statistics_has_a_password_of_its_own_and_reads_no_table(ground: Ground) -> None:
    as_watcher = (
        'PGPASSWORD="$(cat /run/lab/postgres_watcher_password)" psql -h 127.0.0.1 -U lab_watcher -d lab -Atc "$1"'
    )
    ask = ("exec", "-T", "postgres", "sh", "-c", as_watcher, "sh")
    assert int(ground.compose(*ask, "SELECT count(*) FROM pg_stat_activity").stdout) > 0
    for table in ("users", "orders"):
        done = ground.compose(*ask, f"SELECT count(*) FROM {table}", ok=False)
        assert done.returncode == 1
        assert "permission denied" in done.stderr
    seen = ground.compose("run", "--rm", "--no-deps", "--no-TTY", "secrets", "ls", "/run/lab-watcher").stdout.split()
    assert seen == ["postgres_watcher_password"]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "ALTER TABLE orders ADD COLUMN mine int",
        "DROP TABLE orders",
        "DROP INDEX users_email_key",
        "TRUNCATE orders",
        "DELETE FROM orders",
        "UPDATE items SET price_cents = 1",
        "INSERT INTO items (name, price_cents, initial_stock, stock) VALUES ('x', 1, 1, 1)",
        "UPDATE alembic_version SET version_num = 'x'",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ],
)
def test_the_services_role_cannot_change_the_schema_nor_what_no_request_changes(ground: Ground, statement: str) -> None:
    script = 'PGPASSWORD="$(cat /run/lab/postgres_password)" psql -h 127.0.0.1 -U lab -c "$1"'
    done = ground.compose("exec", "-T", "postgres", "sh", "-c", script, "sh", statement, ok=False)
    assert done.returncode == 1
    assert "permission denied" in done.stderr or "must be owner" in done.stderr


def test_the_schema_belongs_to_a_role_that_no_service_has_the_password_of(ground: Ground) -> None:
    owners = "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
    assert ground.sql(owners) == "lab_owner"
    assert ground.compose("run", "--rm", "--no-deps", "--no-TTY", "secrets", "ls", "/run/lab").stdout.split() == [
        "jwt_key",
        "postgres_password",
        "redis_password",
    ]


def test_postgres_writes_no_values_to_its_log(ground: Ground) -> None:
    assert ground.sql("SHOW log_parameter_max_length") == "0"
    assert ground.sql("SHOW log_parameter_max_length_on_error") == "0"


def test_a_transaction_that_nobody_goes_on_with_ends(ground: Ground) -> None:
    assert ground.sql("SHOW idle_in_transaction_session_timeout") == "1min"


def test_the_service_s_role_is_no_superuser(ground: Ground) -> None:
    rights = "SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname LIKE 'lab%'"
    assert ground.sql(rights) == "\n".join(["f|f|f"] * 3)


@pytest.mark.parametrize(("role", "password"), [("postgres", "$(cat /run/lab/postgres_password)"), ("lab", "wrong")])
def test_postgres_refuses_over_the_network(ground: Ground, role: str, password: str) -> None:
    script = f"PGPASSWORD={password} psql -h 127.0.0.1 -U {role} -c 'SELECT 1'"
    assert ground.compose("exec", "-T", "postgres", "sh", "-c", script, ok=False).returncode == 2


def test_redis_refuses_without_the_password(ground: Ground) -> None:
    assert "NOAUTH" in ground.compose("exec", "-T", "redis", "redis-cli", "GET", "x").stdout


def test_a_commit_survives_a_sigkill_of_postgres(ground: Ground) -> None:
    ground.sql("UPDATE users SET age = 77 WHERE id = 4")
    ground.killed_and_started("postgres")
    assert ground.sql("SELECT age FROM users WHERE id = 4") == "77"


def test_a_write_survives_a_sigkill_of_redis(ground: Ground) -> None:
    assert ground.redis("SET session:test 1") == "OK"
    ground.killed_and_started("redis")
    assert ground.redis("GET session:test") == "1"


def test_the_cache_forgets_what_nobody_asks_for_instead_of_refusing_to_keep(ground: Ground) -> None:
    ground.redis("CONFIG SET maxmemory 3mb", of="cache")
    fill = "for i = 1, 9000 do redis.call('SET', 'page:' .. i, string.rep('x', 1000)) end"
    assert ground.redis(f'EVAL "{fill}" 0', of="cache") == ""
    assert int(ground.redis("DBSIZE", of="cache")) < 9000
    assert ground.redis("CONFIG GET maxmemory-policy", of="redis").split()[1] == "noeviction"


def test_the_cache_is_empty_after_a_restart_and_the_state_is_not_in_it(ground: Ground) -> None:
    ground.redis("SET item:1 x", of="cache")
    assert ground.redis("EXISTS item:1") == "0"
    ground.killed_and_started("cache")
    assert ground.redis("DBSIZE", of="cache") == "0"


@pytest.mark.parametrize("service", ["postgres", "redis", "cache"])
def test_it_stops_by_itself_also_with_a_client_connected(ground: Ground, service: str) -> None:
    client = {"postgres": "psql -c 'SELECT pg_sleep(600)'", "redis": REDIS_CLIENT, "cache": REDIS_CLIENT}
    ground.compose("exec", "-T", "--detach", service, "bash", "-c", client[service])
    ground.compose("stop", "--timeout", STOPS_WITHIN_S, service)
    assert ground.compose("ps", "--all", "--format", "{{.ExitCode}}", service).stdout.strip() == "0"
    ground.compose("start", service)
