import type { Profiler } from 'node:inspector';
import { join } from 'node:path';
import type { ProcessOptions, ServiceProcess } from '../test/harness/service-process';
import { KEEP_LOGS } from './cluster';

/** Options of a process that is profiled. */
export const PROFILED: ProcessOptions = {
  ...KEEP_LOGS,
  nodeArguments: ['--require', join(__dirname, 'profiler.cjs')],
};

/**
 * The time of a process by the owner of the code that it runs. Wall-clock time: the wait for a core
 * belongs to the code that waits.
 */
export type TimeByOwner = ReadonlyMap<string, number>;

const ENGINE: Readonly<Record<string, string>> = {
  '(garbage collector)': 'garbage collection',
  '(program)': 'outside JavaScript',
};
const NOT_WORK = ['(idle)', '(root)'];

/** Starts profiling. Returns a function that stops and returns the milliseconds by owner. */
export const startProfile = async (
  process: ServiceProcess,
): Promise<() => Promise<TimeByOwner>> => {
  const started = nextMessage(process, 'profiling');
  process.send({ profiler: 'start' });
  await started;
  return async () => {
    const stopped = nextMessage(process, 'profile');
    process.send({ profiler: 'stop' });
    return timeByOwner((await stopped) as Profiler.Profile);
  };
};

/** Resolves with the next message under this name. */
const nextMessage = (process: ServiceProcess, name: string): Promise<unknown> =>
  new Promise((resolve) => {
    process.onMessage((message) => {
      const content = message as Readonly<Record<string, unknown>>;
      if (name in content) resolve(content[name]);
    });
  });

const timeByOwner = ({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): TimeByOwner => {
  const owners = new Map(nodes.map(({ id, callFrame }) => [id, ownerOf(callFrame)]));
  const time = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const owner = owners.get(id);
    if (owner === undefined) continue;
    time.set(owner, (time.get(owner) ?? 0) + (timeDeltas[index] ?? 0) / 1_000);
  }
  return time;
};

/** Returns undefined for idle time. */
const ownerOf = ({ functionName, url }: Profiler.Profile['nodes'][0]['callFrame']) => {
  if (NOT_WORK.includes(functionName)) return undefined;
  const engine = ENGINE[functionName];
  if (engine !== undefined) return engine;
  const library = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (library !== undefined) return library;
  if (url.includes('/dist/')) return 'our own code';
  if (functionName.startsWith('write') && url === '') return 'writing to sockets';
  if (url.startsWith('node:_http')) return "Node's HTTP";
  if (url.startsWith('node:internal/http2')) return "Node's HTTP/2";
  return 'the rest of Node';
};
