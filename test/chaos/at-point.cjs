'use strict';
/**
 * Preloaded by the runner into each service (`node --require`): told over IPC, it lets the process die
 * or stand still at the n-th passing of a point, before anything that comes after that point.
 */
const { subscribe } = require('node:diagnostics_channel');

const SIGNALS = { die: 'SIGKILL', stall: 'SIGSTOP' };

/** @type {{ point: string, nth: number, action: 'die' | 'stall' } | undefined} */
let armed;

process.on('message', (message) => {
  if (message && 'armed' in message) armed = message.armed ?? undefined;
});

subscribe('quickbite:point', (point) => {
  if (point !== armed?.point) return;
  armed.nth -= 1;
  if (armed.nth > 0) return;
  const { action } = armed;
  armed = undefined;
  // Written to the pipe at once, so that it is told although the process gets no further.
  process.send?.({ hit: point });
  process.kill(process.pid, SIGNALS[action]);
});
