/**
 * `npm run test:chaos -- --seconds N --seed S`: kills, stalls and disconnects two processes of each service
 * under load, then verifies both databases and the clients' records. `--schedule` only prints the
 * faults. `--failpoints TIMES` kills so many times at each failpoint instead. Explains each row, and ends
 * with PASS or FAIL. Exit code 0: no violations.
 * 1: violations. 2: it could not run.
 */
import { parseArgs } from 'node:util';
import { ensureBuilt } from '../../tools/build';
import { listenForStop } from '../../apps/cli/src/command-line/stop-signal';
import { ToolError } from '../../tools/tool';
import { runAndExit } from '../harness/command';
import { withPostgres } from '../harness/postgres';
import { killAtFailpoints } from './failpoints';
import { scheduleLine, scheduleOf } from './schedule';
import { injectRandomFaults } from './random-faults';

const USAGE =
  'npm run test:chaos -- [--seconds N] [--seed S] [--callers N] [--schedule], or ' +
  'npm run test:chaos -- --failpoints TIMES';
const MAX_SECONDS = 86_400;
const MAX_CALLERS = 1_000;
const MAX_TIMES = 1_000;
const MAX_SEED = 2 ** 32 - 1;

const wholeNumber = (name: string, text: string, max: number): number => {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= max) return number;
  throw new ToolError(`--${name} must be a whole number up to ${max}.\nUsage: ${USAGE}`);
};

const readArguments = () => {
  const options = {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    callers: { type: 'string', default: '32' },
    schedule: { type: 'boolean', default: false },
    failpoints: { type: 'string' },
  } as const;
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    throw new ToolError(`${error instanceof Error ? error.message : ''}\nUsage: ${USAGE}`);
  }
};

const main = async (): Promise<void> => {
  const { seconds, seed, callers, schedule, failpoints } = readArguments();
  const chosen = {
    seconds: wholeNumber('seconds', seconds, MAX_SECONDS),
    seed: wholeNumber('seed', seed, MAX_SEED),
    callers: wholeNumber('callers', callers, MAX_CALLERS),
  };
  if (schedule) {
    console.log(scheduleOf(chosen.seed, chosen.seconds).map(scheduleLine).join('\n'));
    return;
  }
  const stopped = listenForStop().requested;
  const times = failpoints && wholeNumber('failpoints', failpoints, MAX_TIMES);
  await ensureBuilt({ log: console.log });
  const violations = await withPostgres((postgres) =>
    times
      ? killAtFailpoints(postgres, { times, stopped })
      : injectRandomFaults(postgres, { ...chosen, stopped }),
  );
  if (violations > 0) process.exitCode = 1;
};

runAndExit(main);
