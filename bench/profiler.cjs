'use strict';
/**
 * Preloaded into a process that is profiled (`node --require`). A message over IPC starts the profiler,
 * which samples a thousand times a second; another one stops it and returns the profile over IPC.
 */
const { Session } = require('node:inspector/promises');

const session = new Session();
session.connect();

const start = async () => {
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  process.send({ profiling: true });
};

const stop = async () => {
  const { profile } = await session.post('Profiler.stop');
  process.send({ profile });
};

process.on('message', ({ profiler }) => {
  if (profiler === 'start') void start();
  if (profiler === 'stop') void stop();
});
