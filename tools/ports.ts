import { readdir, readFile, readlink } from 'node:fs/promises';
import getPort, { clearLockedPorts, portNumbers } from 'get-port';
import { nameOf, run } from './processes';
import { messageOf, ToolError } from './tool';

/** Ports above the taken one that a message may suggest. */
const MAX_SUGGESTED_DISTANCE = 20;
const MIN_UNPRIVILEGED_PORT = 1_024;
const MAX_PORT = 65_535;

/** Hosts whose port must be free at every address of this machine, since `localhost` has several. */
const LOCAL_HOSTS: readonly string[] = ['127.0.0.1', '::1', 'localhost', '0.0.0.0', '::'];

/** Returns a port that is free now. Use it soon. */
export const findFreePort = (): Promise<number> => getPort();

/** Returns whether a service can listen on the port. Throws if it cannot use the host. */
export async function isPortFree(port: number, host: string): Promise<boolean> {
  // get-port does not return a port twice within 15 seconds. A check must not depend on that.
  clearLockedPorts();
  try {
    return (await getPort(LOCAL_HOSTS.includes(host) ? { port } : { port, host })) === port;
  } catch (error) {
    throw new ToolError(`Cannot listen on ${host} port ${port}: ${messageOf(error)}`);
  } finally {
    clearLockedPorts();
  }
}

/** Returns why a service cannot listen on the port, with the remedy. Undefined if it can. */
export async function portFault(
  port: number,
  host: string,
  service: string,
  envVariable: string,
): Promise<string | undefined> {
  if (await isPortFree(port, host)) return undefined;
  const owner = await ownerOf(port);
  const other = await nextFreePort(port);
  const reason = owner || port >= MIN_UNPRIVILEGED_PORT ? 'taken' : 'taken or needs root';
  return (
    `Port ${port} (${service}) is ${reason}${owner ? ` by ${owner}` : ''}. ` +
    `Stop that process, or choose another port: ${envVariable}=${other} npm start`
  );
}

/** Returns a free port above this one, if possible one of the next 20, and none of `exclude`. */
export const nextFreePort = (port: number, exclude: readonly number[] = []): Promise<number> => {
  const first = Math.min(Math.max(port + 1, MIN_UNPRIVILEGED_PORT), MAX_PORT);
  const last = Math.min(first + MAX_SUGGESTED_DISTANCE, MAX_PORT);
  return getPort({ port: portNumbers(first, last), exclude });
};

/** Returns the process that listens on a port, such as `node (pid 1234)`. No library does this. */
async function ownerOf(port: number): Promise<string | undefined> {
  const pid = process.platform === 'linux' ? await linuxListener(port) : await lsofListener(port);
  return pid ? `${await nameOf(pid)} (pid ${pid})` : undefined;
}

async function linuxListener(port: number): Promise<number | undefined> {
  const sockets = await listeningSockets(port);
  const entries = await readdir('/proc');
  for (const pid of entries.filter((name) => /^\d+$/.test(name))) {
    // The descriptors of another user's process cannot be read, so that owner stays unknown.
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const descriptor of descriptors) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      if (sockets.has(target)) return Number(pid);
    }
  }
  return undefined;
}

/** Returns the sockets that listen on a port, in the form of /proc/<pid>/fd: `socket:[<inode>]`. */
async function listeningSockets(port: number): Promise<Set<string>> {
  const LISTEN = '0A';
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  const rows = tables
    .join('\n')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const listening = rows.filter(
    ([, local, , state]) => local?.endsWith(`:${hexPort}`) && state === LISTEN,
  );
  return new Set(listening.map((row) => `socket:[${row[9]}]`));
}

async function lsofListener(port: number): Promise<number | undefined> {
  const args = ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-t'];
  const found = await run('lsof', args).catch(() => undefined);
  return Number(found?.output.split('\n')[0]) || undefined;
}
