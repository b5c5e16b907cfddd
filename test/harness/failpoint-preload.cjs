'use strict';
/**
 * Preloaded into each service of a cluster with failpoints (`node --require`). A message
 * `{ armed: { failpoint, nth, action } }` over IPC lets the process die or stall when it passes the
 * failpoint for the n-th time, before any code after it runs.
 */
const { subscribe } = require('node:diagnostics_channel');

const SIGNALS = { die: 'SIGKILL', stall: 'SIGSTOP' };

/** @type {{ failpoint: string, nth: number, action: 'die' | 'stall' } | undefined} */
let armed;

process.on('message', (message) => {
  if (message && 'armed' in message) armed = message.armed ?? undefined;
});

subscribe('quickbite:failpoint', (failpoint) => {
  if (failpoint !== armed?.failpoint) return;
  armed.nth -= 1;
  if (armed.nth > 0) return;
  const { action } = armed;
  armed = undefined;
  // The message is written to the pipe before the signal takes effect.
  process.send?.({ hit: failpoint });
  process.kill(process.pid, SIGNALS[action]);
});
