import type { Profiler } from 'node:inspector';
import { join } from 'node:path';
import type { ProcessOptions, ServiceProcess } from '../test/harness/service-process';
import { KEEP } from './ours';

/** For a process that is to be profiled. */
export const PROFILED: ProcessOptions = {
  ...KEEP,
  nodeArguments: ['--require', join(__dirname, 'profiler.cjs')],
};

/**
 * What the time of a process goes to: whose code it runs, and what is done for it. By the clock: where
 * it waits for a core, the time belongs to what it was about to do.
 */
export type TimeByOwner = ReadonlyMap<string, number>;

const ENGINE: Readonly<Record<string, string>> = {
  '(garbage collector)': 'garbage collection',
  '(program)': 'outside JavaScript',
};
const NOT_WORK = ['(idle)', '(root)'];

/** Begins to profile a process; gives what ends it and tells milliseconds by owner. */
export const beginProfile = async (
  process: ServiceProcess,
): Promise<() => Promise<TimeByOwner>> => {
  const begun = nextOf(process, 'profiling');
  process.send({ profiler: 'begin' });
  await begun;
  return async () => {
    const ended = nextOf(process, 'profile');
    process.send({ profiler: 'end' });
    return timeByOwner((await ended) as Profiler.Profile);
  };
};

/** What it sends next under a name. */
const nextOf = (process: ServiceProcess, name: string): Promise<unknown> =>
  new Promise((resolve) => {
    process.onMessage((message) => {
      const told = message as Readonly<Record<string, unknown>>;
      if (name in told) resolve(told[name]);
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

/** Nobody where nothing is done. */
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
