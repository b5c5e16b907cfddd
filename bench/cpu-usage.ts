import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { shared } from '../test/harness/start-postgres';

/** The average number of cores that each kind of process used. Empty on a platform without /proc. */
export type CoresUsed = ReadonlyMap<string, number>;

/** Other programs on the machine, which disturb the measurement. */
export const OTHERS = 'others';

const KINDS: readonly (readonly [part: string, kind: string])[] = [
  ['dist/apps/orders', 'Orders'],
  ['dist/apps/inventory', 'Inventory'],
  ['dist/bench/baselines', 'baselines'],
  ['load-process', 'clients'],
];
const POSTGRES = 'Postgres';
const TICKS_PER_SECOND = 100;

interface Snapshot {
  readonly atMs: number;
  /** Of the whole machine, without idle and interrupt time. */
  readonly busyTicks: number;
  /** By process id, with the kind of the process. */
  readonly ticks: ReadonlyMap<number, readonly [kind: string, ticks: number]>;
}

/** Starts watching. Returns a function that stops and returns the usage since. */
export const watchCpu = async (): Promise<() => Promise<CoresUsed>> => {
  const before = await takeSnapshot();
  return async () => {
    const after = await takeSnapshot();
    return before && after ? coresBetween(before, after) : new Map<string, number>();
  };
};

const coresBetween = (before: Snapshot, after: Snapshot): CoresUsed => {
  const cores = (ticks: number): number =>
    ticks / TICKS_PER_SECOND / ((after.atMs - before.atMs) / 1_000);
  const used = new Map<string, number>();
  let known = 0;
  for (const [pid, [kind, ticks]] of after.ticks) {
    const since = ticks - (before.ticks.get(pid)?.[1] ?? 0);
    known += since;
    if (since > 0) used.set(kind, (used.get(kind) ?? 0) + cores(since));
  }
  used.set(OTHERS, Math.max(0, cores(after.busyTicks - before.busyTicks - known)));
  return used;
};

const takeSnapshot = async (): Promise<Snapshot | undefined> => {
  const machine = await readFile('/proc/stat', 'utf8').catch(() => undefined);
  if (machine === undefined) return undefined;
  const [user = 0, nice = 0, system = 0, , , , , steal = 0] = fieldsOf(
    machine.split('\n')[0] ?? '',
  );
  const processes = await readProcesses();
  const postmaster = await postmasterPid();
  const ticks = new Map<number, readonly [string, number]>();
  for (const [pid, { parent, ticks: used, commandLine }] of processes) {
    const isPostgres = pid === postmaster || parent === postmaster;
    if (isPostgres) ticks.set(pid, [POSTGRES, used]);
    else if (isDescendant(pid, process.pid, processes)) ticks.set(pid, [kindOf(commandLine), used]);
  }
  return { atMs: performance.now(), busyTicks: user + nice + system + steal, ticks };
};

/** Returns the numbers of a line of /proc/stat. */
const fieldsOf = (line: string): number[] => line.split(/\s+/).slice(1).map(Number);

interface ProcessInfo {
  readonly parent: number;
  readonly ticks: number;
  readonly commandLine: string;
}

const readProcesses = async (): Promise<Map<number, ProcessInfo>> => {
  const processes = new Map<number, ProcessInfo>();
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    const read = (file: string) => readFile(join('/proc', pid, file), 'utf8').catch(() => '');
    const [stat, commandLine] = await Promise.all([read('stat'), read('cmdline')]);
    // The name in parentheses may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    if (stat !== '') processes.set(Number(pid), { parent: Number(fields[1]), ticks, commandLine });
  }
  return processes;
};

const isDescendant = (
  pid: number,
  ancestor: number,
  processes: ReadonlyMap<number, ProcessInfo>,
): boolean => {
  for (let at: number | undefined = pid; at; at = processes.get(at)?.parent) {
    if (at === ancestor) return true;
  }
  return false;
};

const kindOf = (commandLine: string): string =>
  KINDS.find(([part]) => commandLine.includes(part))?.[1] ?? 'bench';

/** Postgres is not a child of this process: it outlives the process that started it. */
const postmasterPid = async (): Promise<number> => {
  const running = await shared.quickbitePostgres;
  if (!running) return Number.NaN;
  const file = join(running.postgres.data, 'postmaster.pid');
  return Number((await readFile(file, 'utf8')).split('\n')[0]);
};
