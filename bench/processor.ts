import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { shared } from '../test/harness/start-postgres';

/** Cores that each kind of process took, on average of some time. Empty where there is no /proc. */
export type CoresTaken = ReadonlyMap<string, number>;

/** What else runs on the machine, and takes from what is measured. */
export const OTHERS = 'others';

const KINDS: readonly (readonly [part: string, kind: string])[] = [
  ['dist/apps/orders', 'Orders'],
  ['dist/apps/inventory', 'Inventory'],
  ['dist/bench/baselines', 'baselines'],
  ['load-process', 'clients'],
];
const POSTGRES = 'Postgres';
const TICKS_PER_SECOND = 100;

interface Seen {
  readonly atMs: number;
  /** Of the whole machine, without what is idle and what interrupts take. */
  readonly busyTicks: number;
  /** By process, with the kind that it is of. */
  readonly ticks: ReadonlyMap<number, readonly [kind: string, ticks: number]>;
}

/** Begins to watch who takes the processor; gives what tells of it. */
export const watchProcessor = async (): Promise<() => Promise<CoresTaken>> => {
  const before = await look();
  return async () => {
    const after = await look();
    return before && after ? coresBetween(before, after) : new Map<string, number>();
  };
};

const coresBetween = (before: Seen, after: Seen): CoresTaken => {
  const cores = (ticks: number): number =>
    ticks / TICKS_PER_SECOND / ((after.atMs - before.atMs) / 1_000);
  const taken = new Map<string, number>();
  let ours = 0;
  for (const [pid, [kind, ticks]] of after.ticks) {
    const since = ticks - (before.ticks.get(pid)?.[1] ?? 0);
    ours += since;
    if (since > 0) taken.set(kind, (taken.get(kind) ?? 0) + cores(since));
  }
  taken.set(OTHERS, Math.max(0, cores(after.busyTicks - before.busyTicks - ours)));
  return taken;
};

const look = async (): Promise<Seen | undefined> => {
  const machine = await readFile('/proc/stat', 'utf8').catch(() => undefined);
  if (machine === undefined) return undefined;
  const [user = 0, nice = 0, system = 0, , , , , steal = 0] = fieldsOf(
    machine.split('\n')[0] ?? '',
  );
  const processes = await readProcesses();
  const postmaster = await postmasterPid();
  const ticks = new Map<number, readonly [string, number]>();
  for (const [pid, { parent, used, commandLine }] of processes) {
    const isPostgres = pid === postmaster || parent === postmaster;
    if (isPostgres) ticks.set(pid, [POSTGRES, used]);
    else if (isBelow(pid, process.pid, processes)) ticks.set(pid, [kindOf(commandLine), used]);
  }
  return { atMs: performance.now(), busyTicks: user + nice + system + steal, ticks };
};

/** The numbers of the line that begins with `cpu`. */
const fieldsOf = (line: string): number[] => line.split(/\s+/).slice(1).map(Number);

interface Running {
  readonly parent: number;
  readonly used: number;
  readonly commandLine: string;
}

const readProcesses = async (): Promise<Map<number, Running>> => {
  const processes = new Map<number, Running>();
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const read = (file: string) => readFile(join('/proc', pid, file), 'utf8').catch(() => '');
    const [stat, commandLine] = await Promise.all([read('stat'), read('cmdline')]);
    // The name in parentheses may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const used = Number(fields[11]) + Number(fields[12]);
    if (stat !== '') processes.set(Number(pid), { parent: Number(fields[1]), used, commandLine });
  }
  return processes;
};

const isBelow = (
  pid: number,
  ancestor: number,
  processes: ReadonlyMap<number, Running>,
): boolean => {
  for (let at: number | undefined = pid; at; at = processes.get(at)?.parent) {
    if (at === ancestor) return true;
  }
  return false;
};

const kindOf = (commandLine: string): string =>
  KINDS.find(([part]) => commandLine.includes(part))?.[1] ?? 'bench';

/** It is no child of ours, since it outlives whoever started it. */
const postmasterPid = async (): Promise<number> => {
  const running = await shared.quickbitePostgres;
  if (!running) return Number.NaN;
  const file = join(running.postgres.data, 'postmaster.pid');
  return Number((await readFile(file, 'utf8')).split('\n')[0]);
};
