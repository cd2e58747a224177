"""A shop that knows who is there: by a form and its cookie, by a token, or by a key."""

import time

from flask import Flask, jsonify, request

PASSWORD = "open-sesame-7"
COOKIE, TOKEN = "cookie-of-ada-71", "token-of-ada-72"

app = Flask(__name__)


@app.get("/")
def home():
    time.sleep(0.1)
    return jsonify(shop="open", at=time.time())


@app.get("/me")
def me():
    cookie, token = request.cookies.get("session"), request.headers.get("Authorization")
    if cookie == COOKIE or token == f"Bearer {TOKEN}":
        return jsonify(name="ada")
    return jsonify(error="who are you?"), 401


@app.get("/login")
def page():
    return '<form method="post"><input type="hidden" name="csrf" value="c1"><input name="password"></form>'


@app.post("/login")
def login():
    if request.form.get("csrf") != "c1" or request.form.get("password") != PASSWORD:
        return page()
    answer = app.make_response(("", 303))
    answer.set_cookie("session", COOKIE, httponly=True)
    return answer


@app.post("/token")
def token():
    if request.get_json().get("password") != PASSWORD:
        return jsonify(error="no"), 403
    return jsonify(data={"token": TOKEN})
