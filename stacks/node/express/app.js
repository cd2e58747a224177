// The Express service: stacks/openapi.yaml in Express's own words, those that versions 4 and 5 share.

import { createServer } from "node:http";

import express from "express";

import { ADDRESS, KEEP_ALIVE_MS, stopWith } from "./serve.js";
import * as work from "./work.js";

const plain = (res, text, status = 200) => res.status(status).type("text/plain").send(text);
const notAllowed = (_req, res) => plain(res, "method not allowed", 405);

async function health(_req, res) {
  await work.healthDelay();
  plain(res, "ok");
}

async function ioBound(_req, res) {
  await work.ioDelay();
  plain(res.set("X-Worker", work.WORKER), "done");
}

function user(req, res) {
  if (!work.isKnown(req.get("X-Token"))) {
    return plain(res, "unauthorized", 401);
  }
  res.json(work.USER);
}

function cpuBound(req, res) {
  const n = work.parsedN(req.query.n);
  if (n === undefined) {
    return plain(res, work.WRONG_N, 400);
  }
  res.set("X-Worker", work.WORKER).json(work.timedProduct(n));
}

function createApp() {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag"); // a hash over every answer, which nobody asks for and no other framework makes
  app.set("query parser", "simple"); // the default of 5, not of 4
  app.enable("case sensitive routing"); // /Health and
  app.enable("strict routing"); // /health/ are other paths

  const get = (path, handler) => app.route(path).get(handler).all(notAllowed);
  get("/health", health);
  get("/api/ping", (_req, res) => res.json({ message: "pong" }));
  get("/api/user", user);
  get("/cpu-bound", cpuBound);
  get("/io-bound", ioBound);
  get("/ready", (_req, res) => plain(res, "ready"));
  // Before the fifty: Express asks its routes one after the other, and a file shall not pay for them.
  app.use("/static", express.static(work.STATIC, { index: false, redirect: false }), notRead);
  for (const route of work.ROUTES) {
    get(`/api/r${route}/:id`, (req, res) => res.json({ route, id: req.params.id }));
  }
  app.use((_req, res) => plain(res, "not found", 404));
  return app;
}

/** What express.static passes on: another method, or no such file. */
const notRead = (req, res, next) => (["GET", "HEAD"].includes(req.method) ? next() : notAllowed(req, res));

const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, createApp());
stopWith(() => server.close());
server.listen(ADDRESS);
