"""The rules of sessions and of orders as models: hypothesis makes up what clients do, the models say what is answered.

A failure names the shortest story that it found. `MODEL_EXAMPLES` asks for more stories, and for others each time.
"""

import os
import uuid
from dataclasses import dataclass, field

import pytest
import requests
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, rule, run_state_machine_as_test

from tests.service.conformance.problems import refused
from tests.service.conformance.running import Service, eventually
from tests.service.stacks import LONG, parameters

MORE = os.environ.get("MODEL_EXAMPLES")
STORIES, STEPS = int(MORE or 5), 20
PASSWORD = "lab-password"
STOCKS = (0, 3, 7)
"""Of the items of a story: sold out, soon sold out, and enough for a while."""
FAR_AWAY = 10**12
"""Ids of items that no other test takes for those of none."""
CUSTOMERS = (2, 3)
KEYS = ("first", "second", "third")


def play(machine: type[RuleBasedStateMachine], service: Service) -> None:
    """Play stories; the same ones each time, unless more are asked for."""
    print(f"at most {STORIES:,} stories of {machine.__name__}")
    run_state_machine_as_test(
        type(machine.__name__, (machine,), {"service": service}),
        settings=settings(
            max_examples=STORIES,
            stateful_step_count=STEPS,
            derandomize=MORE is None,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@dataclass
class Session:
    """What the model knows of a session."""

    user: int
    good: int = 1
    """The number of the refresh token that is good."""
    ended: bool = False
    last_access: str = ""


@dataclass(frozen=True)
class Pair:
    """Tokens that a client was given."""

    session: Session
    number: int
    access: str
    refresh: str


@dataclass
class Person:
    """A user of this story."""

    id: int
    email: str
    deleted: bool = False
    sessions: list[Session] = field(default_factory=list)


class Sessions(RuleBasedStateMachine):
    """Sign in, refresh, replay, sign out, delete: which token is good for what."""

    service: Service
    pairs: Bundle[Pair] = Bundle("pairs")
    someone = st.integers(0, 1)

    def __init__(self) -> None:
        super().__init__()
        made = [self.service.new_user(password=PASSWORD) for _ in range(2)]
        self.people = [Person(id=int(str(user["id"])), email=str(user["email"])) for user in made]

    def login(self, person: Person, password: str) -> requests.Response:
        return self.service.ask("POST", "/api/v1/login", json={"email": person.email, "password": password})

    def exchange(self, token: str) -> requests.Response:
        return self.service.ask("POST", "/api/v1/refresh", json={"refresh_token": token})

    @staticmethod
    def given(session: Session, number: int, answer: requests.Response) -> Pair:
        assert answer.status_code == 200, answer.text
        pair = answer.json()
        session.last_access = pair["access_token"]
        return Pair(session, number, pair["access_token"], pair["refresh_token"])

    @rule(target=pairs, number=someone)
    def sign_in(self, number: int) -> Pair:
        person = self.people[number]
        answer = self.login(person, PASSWORD)
        session = Session(person.id, ended=person.deleted)
        if person.deleted:
            refused(answer, "invalid-credentials")
            return Pair(session, 1, "x", "x")
        person.sessions.append(session)
        return self.given(session, 1, answer)

    @rule(number=someone)
    def try_another_password(self, number: int) -> None:
        refused(self.login(self.people[number], "another-password"), "invalid-credentials")

    @rule(target=pairs, pair=pairs)
    def refresh(self, pair: Pair) -> Pair:
        session = pair.session
        answer = self.exchange(pair.refresh)
        if session.ended or pair.number < session.good:
            refused(answer, "invalid-token")
            session.ended = True  # a token that was used before is somebody else's by now
            return pair
        session.good += 1
        return self.given(session, session.good, answer)

    @rule(pair=pairs, other=pairs)
    def mix_tokens(self, pair: Pair, other: Pair) -> None:
        """Another session's number or signature: it was made up, and ends nothing."""
        mixed = ".".join([pair.refresh.split(".")[0], *other.refresh.split(".")[1:]])
        if mixed not in {pair.refresh, other.refresh}:
            refused(self.exchange(mixed), "invalid-token")

    @rule(pair=pairs)
    def sign_out(self, pair: Pair) -> None:
        answer = self.service.ask("POST", "/api/v1/logout", token=pair.access)
        if pair.session.ended:
            refused(answer, "invalid-token")
        else:
            assert answer.status_code == 204
        pair.session.ended = True

    @rule(pair=pairs)
    def use(self, pair: Pair) -> None:
        answer = self.service.ask("GET", f"/api/v1/users/{pair.session.user}", token=pair.access)
        if pair.session.ended:
            refused(answer, "invalid-token")
        else:
            assert (answer.status_code, answer.json()["id"]) == (200, pair.session.user)

    @rule(number=st.sampled_from([0]))  # the other one stays
    def delete(self, number: int) -> None:
        person = self.people[number]
        answer = self.service.as_admin("DELETE", f"/api/v1/users/{person.id}")
        if person.deleted:
            refused(answer, "not-found")
        else:
            assert answer.status_code == 204
        person.deleted = True
        for session in person.sessions:
            session.ended = True

    def teardown(self) -> None:
        """The last token of each session is good where the session goes on, and only there."""
        for person in self.people:
            for session in person.sessions:
                answer = self.service.ask("GET", f"/api/v1/users/{person.id}", token=session.last_access)
                assert answer.status_code == (401 if session.ended else 200), session


@dataclass
class Order:
    """What the model knows of an order."""

    id: int
    item: int
    quantity: int
    status: str


class Orders(RuleBasedStateMachine):
    """Order, repeat, order something else under the same key, look: nothing is lost, done twice or sold twice."""

    service: Service
    item = st.integers(0, len(STOCKS) - 1)
    customer = st.sampled_from(CUSTOMERS)
    key = st.sampled_from(KEYS)

    def __init__(self) -> None:
        super().__init__()
        self.story = uuid.uuid4().hex
        first = FAR_AWAY + int(self.story[:8], 16) * len(STOCKS)
        self.items = [first + number for number in range(len(STOCKS))]
        stocks = zip(self.items, STOCKS, strict=True)
        values = ", ".join(f"({item}, 'Story', 1, {stock}, {stock})" for item, stock in stocks)
        columns = "id, name, price_cents, initial_stock, stock"
        self.service.sql(
            f"INSERT INTO items ({columns}) OVERRIDING SYSTEM VALUE VALUES {values} ON CONFLICT DO NOTHING"
        )
        self.stock = dict(zip(self.items, STOCKS, strict=True))
        self.orders: dict[tuple[int, str], Order] = {}

    def place(self, user: int, key: str, item: int, quantity: int) -> requests.Response:
        headers = {"Idempotency-Key": f"{key}-{self.story}"}
        body = {"item_id": item, "quantity": quantity}
        return self.service.as_user("POST", "/api/v1/orders", user=user, json=body, headers=headers)

    @rule(user=customer, key=key, item=item, quantity=st.integers(1, 4))
    def order(self, user: int, key: str, item: int, quantity: int) -> None:
        number = self.items[item]
        answer = self.place(user, key, number, quantity)
        known = self.orders.get((user, key))
        if known is not None:
            self.repeated(known, number, quantity, answer)
        elif self.service.mode == "sync" and self.stock[number] < quantity:
            refused(answer, "out-of-stock")  # and leaves its key free
        else:
            assert "Idempotency-Replayed" not in answer.headers
            placed = answer.json()
            self.orders[user, key] = made = Order(placed["id"], number, quantity, "done")
            if self.stock[number] < quantity:
                made.status = "rejected"
            else:
                self.stock[number] -= quantity
            expected = (201, "done") if self.service.mode == "sync" else (202, "accepted")
            assert (answer.status_code, placed["status"]) == expected

    def repeated(self, known: Order, item: int, quantity: int, answer: requests.Response) -> None:
        if (known.item, known.quantity) != (item, quantity):
            refused(answer, "idempotency-key-reused")
            return
        assert answer.status_code == (201 if self.service.mode == "sync" else 202)
        assert answer.headers["Idempotency-Replayed"] == "true"
        assert answer.json()["id"] == known.id
        assert answer.json()["status"] in {known.status, "accepted" if self.service.mode == "async" else "done"}

    @rule(user=customer, key=key)
    def order_nothing_that_is(self, user: int, key: str) -> None:
        slug = "idempotency-key-reused" if (user, key) in self.orders else "not-found"
        refused(self.place(user, key, 999_999, 1), slug)

    @rule(user=customer, key=key)
    def look(self, user: int, key: str) -> None:
        known = self.orders.get((user, key))
        if known is None:
            return
        path = f"/api/v1/orders/{known.id}"
        found = self.service.as_user("GET", path, user=user).json()
        assert (found["item_id"], found["quantity"]) == (known.item, known.quantity)
        other = next(customer for customer in CUSTOMERS if customer != user)
        refused(self.service.as_user("GET", path, user=other), "forbidden")

    def teardown(self) -> None:
        """All are finished, as the model says, and the stock is what they left."""
        ids = ",".join(map(str, self.items))
        orders = f"FROM orders WHERE item_id IN ({ids})"
        eventually(lambda: self.service.sql(f"SELECT count(*) {orders} AND status = 'accepted'") == "0")
        found = self.service.sql(f"SELECT id, status {orders} ORDER BY id").split()
        assert found == [f"{known.id}|{known.status}" for known in sorted(self.orders.values(), key=lambda o: o.id)]
        stock = self.service.sql(f"SELECT stock FROM items WHERE id IN ({ids}) ORDER BY id").split()
        assert [int(line) for line in stock] == [self.stock[item] for item in self.items]


@pytest.mark.timeout(300 + 60 * STORIES)
@pytest.mark.parametrize("service", parameters(LONG), indirect=True, scope="package")
def test_sessions_go_by_their_rules_whatever_clients_do(service: Service) -> None:
    play(Sessions, service)


@pytest.mark.timeout(300 + 60 * STORIES)
def test_orders_go_by_their_rules_whatever_clients_do(service: Service) -> None:
    play(Orders, service)
