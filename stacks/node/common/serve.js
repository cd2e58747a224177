// How every Node service of the lab listens and stops.

import process from "node:process";

// The lab freezes a stack between rounds, for minutes, and the clock runs on: connections that were kept must still
// be there after the thaw. In production a minute or two is enough.
export const KEEP_ALIVE_MS = 3_600_000;

// backlog: so many clients may be waiting to be accepted; the default of 511 turns some of 2000 away at once.
export const ADDRESS = { host: "0.0.0.0", port: 8080, backlog: 4096 };

// Below the stop_grace_period of the Compose files, so that the exit is the service's own.
const GRACE_MS = 1500;

/** Call `close` at SIGTERM or SIGINT: it takes no more connections. Requests in service have GRACE_MS to end. */
export function stopWith(close) {
  for (const signal of ["SIGTERM", "SIGINT"]) {
    process.once(signal, () => {
      setTimeout(() => process.exit(0), GRACE_MS).unref();
      close();
    });
  }
}
