// What stacks/openapi.yaml asks of every Node application, whatever framework it is written in.
// Each framework's `app.js` holds routes and answers only, so that two of them differ in nothing else.

import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";

const HEALTH_DELAY_MS = delayMs("HEALTH_DELAY", "0.1");
const IO_DELAY_MS = delayMs("IO_DELAY", "5");
const MAX_N = 200_000;

/** Made by stacks/static/make when the image is built. */
export const STATIC = "/srv/static";

/** 01 to 50: /api/r01/{id} to /api/r50/{id}. */
export const ROUTES = Array.from({ length: 50 }, (_, index) => String(index + 1).padStart(2, "0"));

export const USER = { id: 1, name: "Ada" };
export const WRONG_N = `n must be a whole number from 0 to ${MAX_N}`;

/** Who answers, for X-Worker: JavaScript runs in one thread, so the process says it all. */
export const WORKER = String(process.pid);

function delayMs(setting, unset) {
  const text = process.env[setting] ?? unset;
  const seconds = Number(text);
  if (text.trim() === "" || !(seconds >= 0 && seconds < 86_400)) {
    throw new Error(`${setting} must be a number of seconds, not "${text}"`);
  }
  return seconds * 1000;
}

// Node's timers look at a clock of whole milliseconds: without one more, a sleep of 100 ms may be over after 99.2,
// and a stack that only sleeps would be faster than its sleeps allow.
const sleep = (ms) => (ms ? wait(ms + 1) : undefined);

export const healthDelay = () => sleep(HEALTH_DELAY_MS);
export const ioDelay = () => sleep(IO_DELAY_MS);

/** Whether an X-Token stands for a user. */
export const isKnown = (token) => token === "lab";

/** The number that a query gives, undefined if it is not a whole number that the contract allows. */
export function parsedN(text = "100000") {
  // A parameter that is given twice comes as a list, and is none.
  const n = typeof text === "string" && /^[0-9]+$/.test(text) ? Number(text) : NaN;
  return n <= MAX_N ? n : undefined;
}

// In a plain loop, and in the only thread that there is: until the last multiplication nobody else is served.
function product(n) {
  let result = 1n;
  for (let factor = 2n; factor <= n; factor++) {
    result *= factor;
  }
  return result;
}

/** The answer to /cpu-bound: n, and how many ms its product took. */
export function timedProduct(n) {
  const started = performance.now();
  product(n);
  return { n, ms: Math.round((performance.now() - started) * 1000) / 1000 };
}
