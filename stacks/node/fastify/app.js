// The Fastify service: stacks/openapi.yaml in Fastify's own words.

import fastifyStatic from "@fastify/static";
import fastify from "fastify";

import { ADDRESS, KEEP_ALIVE_MS, stopWith } from "./serve.js";
import * as work from "./work.js";

// Fastify writes JSON faster where it knows its shape: that is how it asks to be used.
const answers = (properties) => ({ response: { 200: { type: "object", properties } } });
const text = { type: "string" };
const number = { type: "number" };

const plain = (reply, body, status = 200) => reply.code(status).type("text/plain; charset=utf-8").send(body);

async function health(_request, reply) {
  await work.healthDelay();
  return plain(reply, "ok");
}

async function ioBound(_request, reply) {
  await work.ioDelay();
  return plain(reply.header("X-Worker", work.WORKER), "done");
}

function user(request, reply) {
  if (!work.isKnown(request.headers["x-token"])) {
    return plain(reply, "unauthorized", 401);
  }
  reply.send(work.USER);
}

function cpuBound(request, reply) {
  const n = work.parsedN(request.query.n);
  if (n === undefined) {
    return plain(reply, work.WRONG_N, 400);
  }
  reply.header("X-Worker", work.WORKER).send(work.timedProduct(n));
}

async function createApp() {
  const app = fastify({ logger: false, keepAliveTimeout: KEEP_ALIVE_MS });
  // No path takes a body: none is read, and another method is refused for being one, not for what it sends.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _payload, done) => done(null));

  const paths = [];
  const get = (url, handler, schema = {}) => {
    app.get(url, { schema }, handler);
    paths.push(pattern(url));
  };
  get("/health", health);
  get("/api/ping", (_request, reply) => reply.send({ message: "pong" }), answers({ message: text }));
  get("/api/user", user, answers({ id: number, name: text }));
  get("/cpu-bound", cpuBound, answers({ n: number, ms: number }));
  get("/io-bound", ioBound);
  get("/ready", (_request, reply) => plain(reply, "ready"));
  await app.register(fastifyStatic, { root: work.STATIC, prefix: "/static/", decorateReply: false });
  paths.push(pattern("/static/*"));
  const answer = answers({ route: text, id: text });
  for (const route of work.ROUTES) {
    get(`/api/r${route}/:id`, (request, reply) => reply.send({ route, id: request.params.id }), answer);
  }
  // Fastify takes a path that it knows, with a method that it has no route for, as one that it does not know. A route
  // for each other method would be its way to refuse them: hundreds, and megabytes that no other framework needs.
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?", 1)[0];
    const read = ["GET", "HEAD"].includes(request.method);
    const isKnown = paths.some((known) => known.test(path));
    return isKnown && !read ? plain(reply, "method not allowed", 405) : plain(reply, "not found", 404);
  });
  return app;
}

/** What a path with a `:parameter` or a `*` in it matches. */
const pattern = (url) => new RegExp(`^${url.replace(/:\w+|\*/, "[^/]+")}$`);

const app = await createApp();
stopWith(() => app.close());
await app.listen(ADDRESS);
