'use strict';
/**
 * Preloaded by the runner into each service (`node --require`): told over IPC, it lets the process die
 * or stand still at the n-th passing of a failpoint, before anything that comes after that failpoint.
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
  // Written to the pipe at once, so that it is told although the process gets no further.
  process.send?.({ hit: failpoint });
  process.kill(process.pid, SIGNALS[action]);
});
