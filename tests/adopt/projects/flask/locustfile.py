from locust import HttpUser, constant, task


class Visitor(HttpUser):
    wait_time = constant(0.1)

    @task
    def login_page(self):
        with self.client.get("/login", catch_response=True) as answer:
            if "csrf" not in answer.text:
                answer.failure("no form")
