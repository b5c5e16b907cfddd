'use strict';
/**
 * Preloaded into a process that is to be profiled (`node --require`): told over IPC, it begins to look
 * what the process does a thousand times a second, and sends what it saw when it is told to end.
 */
const { Session } = require('node:inspector/promises');

const session = new Session();
session.connect();

const begin = async () => {
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
  process.send({ profiling: true });
};

const end = async () => {
  const { profile } = await session.post('Profiler.stop');
  process.send({ profile });
};

process.on('message', ({ profiler }) => {
  if (profiler === 'begin') void begin();
  if (profiler === 'end') void end();
});
