import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLines } from '../../tools/processes';
import { projectRoot } from '../../tools/tool';
import { eventually } from '../harness/wait';

/** Long enough for a Jest that starts a Postgres of its own. */
const TIMEOUT_MS = 60_000;

/** The temporary folder of the Jest that is interrupted; its Postgres has its data in it. */
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quickbite-interrupted-'));
  await chmod(folder, 0o755);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** In a process group of its own, as a shell starts it in a terminal. */
const runJest = (): ChildProcess =>
  spawn(process.execPath, ['node_modules/jest/bin/jest.js', 'test/db/transaction.db.spec.ts'], {
    cwd: projectRoot,
    env: { ...process.env, TMPDIR: folder },
    detached: true,
    stdio: 'ignore',
  });

const dataFolder = async (): Promise<string | undefined> => {
  const names = await readdir(folder);
  const name = names.find((each) => /^quickbite-test-[0-9a-f-]{36}$/.test(each));
  return name && join(folder, name);
};

const initdbRuns = async (): Promise<boolean> =>
  (await readdir(folder)).some((name) => name.includes('.new-'));

const postgresRuns = async (): Promise<boolean> => {
  const data = await dataFolder();
  if (!data) return false;
  const pidFile = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  return pidFile.includes('ready');
};

const processesLeft = async (): Promise<string[]> =>
  (await commandLines())
    .map(({ command }) => command)
    .filter((command) => command.includes(folder));

/** The data, its password, and what an interrupted initdb left. */
const filesLeft = async (): Promise<string[]> =>
  (await readdir(folder)).filter((name) => name.startsWith('quickbite-test-'));

const isClean = async (): Promise<boolean> =>
  (await processesLeft()).length === 0 && (await filesLeft()).length === 0;

it.each([
  { signal: 'SIGINT', moment: 'its Postgres is ready', reached: postgresRuns },
  { signal: 'SIGKILL', moment: 'its Postgres is ready', reached: postgresRuns },
  { signal: 'SIGKILL', moment: 'initdb runs', reached: initdbRuns },
] as const)(
  'a Jest that ends by $signal while $moment leaves neither Postgres nor its data',
  async ({ signal, moment, reached }) => {
    const jest = runJest();
    const ended = once(jest, 'exit');
    await eventually(moment, reached, TIMEOUT_MS);
    expect(jest.exitCode).toBeNull();
    process.kill(-Number(jest.pid), signal);
    await ended;
    await eventually('no Postgres is left', isClean, TIMEOUT_MS);
  },
  2 * TIMEOUT_MS,
);
