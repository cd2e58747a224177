"""What people do with the service, for Locust: sign in, look at their account and at items, order, sign out.

Each of them pauses for 1 to 3 seconds between two requests, so that many are there and few ask at a time.
`lab load STACK --locust` runs this in the load container; `--web` shows Locust's own page.
"""

import random
import uuid
from http import HTTPStatus

import recorder
from locust import HttpUser, SequentialTaskSet, between, task

USERS = 10_000  # seeded: user00001@example.org, …; every tenth from the first on is an admin
ITEMS = 50  # the first 50, all of which there are plenty of
PASSWORD = "lab-password"  # noqa: S105 - of every seeded user


class Journey(SequentialTaskSet):
    """One visit: the tasks in the order in which they stand here."""

    def on_start(self):
        self.number = random.randint(1, USERS)  # noqa: S311 - to spread, not to be secret
        self.headers = {}

    @task
    def sign_in(self):
        account = {"email": f"user{self.number:05}@example.org", "password": PASSWORD}
        answer = self.ask("POST", "/api/v1/login", HTTPStatus.OK, json=account)
        if answer is None:
            self.interrupt(reschedule=False)  # no token, no visit: after a pause somebody else comes
        self.headers = {"Authorization": f"Bearer {answer['access_token']}"}

    @task
    def look_at_users(self):
        if self.number % 10 == 1:
            self.ask("GET", "/api/v1/users?limit=20", HTTPStatus.OK, name="/api/v1/users")
        else:
            self.ask("GET", f"/api/v1/users/{self.number}", HTTPStatus.OK, name="/api/v1/users/{id}")

    @task
    def look_at_an_item(self):
        self.item = random.randint(1, ITEMS)  # noqa: S311
        self.ask("GET", f"/api/v1/items/{self.item}", HTTPStatus.OK, name="/api/v1/items/{id}")

    @task
    def look_at_another_item(self):
        self.look_at_an_item()

    @task
    def order(self):
        key = {"Idempotency-Key": uuid.uuid4().hex}
        body = {"item_id": self.item, "quantity": 1}
        self.ordered = self.ask("POST", "/api/v1/orders", HTTPStatus.CREATED, HTTPStatus.ACCEPTED, json=body, more=key)

    @task
    def look_at_the_order(self):
        if self.ordered is not None:
            self.ask("GET", f"/api/v1/orders/{self.ordered['id']}", HTTPStatus.OK, name="/api/v1/orders/{id}")

    @task
    def sign_out(self):
        self.ask("POST", "/api/v1/logout", HTTPStatus.NO_CONTENT)
        self.interrupt(reschedule=False)  # the visit is over; the next one begins after a pause too

    def ask(self, method, path, *right, name=None, json=None, more=None):
        """The answer's JSON ({} of none); None where there is no answer or a wrong one, which is counted as such."""
        sent = {"headers": {**self.headers, **(more or {})}, "json": json, "timeout": recorder.TIMEOUT_S}
        with self.client.request(method, path, name=name, catch_response=True, **sent) as answer:
            if answer.status_code not in (0, *right):  # 0: Locust knows itself why there is no answer
                answer.failure(recorder.Wrong("status"))
            if answer.status_code not in right:
                return None
            try:
                return answer.json() if answer.content else {}
            except ValueError:
                answer.failure(recorder.Wrong("body"))
                return None


class Visitor(HttpUser):
    """Somebody who visits again and again."""

    tasks = [Journey]  # noqa: RUF012 - as Locust has it
    wait_time = between(1, 3)
