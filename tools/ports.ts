import { readdir, readFile, readlink } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { nameOf, run } from './processes';
import { errorCode, ToolError } from './tool';

const LOOPBACK = ['127.0.0.1', '::1'] as const;
const WILDCARDS: readonly string[] = ['0.0.0.0', '::', ''];
const CONNECT_TIMEOUT_MS = 500;

/** A port that nobody uses now. Somebody else may take it first, so use it soon. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Says who has the port and what to do, instead of an EADDRINUSE from deep inside a service. */
export async function assertPortFree(
  port: number,
  host: string,
  what: string,
  envVariable: string,
  command = 'npm start',
): Promise<void> {
  const fault = await portFault(port, host, what, envVariable, command);
  if (fault !== undefined) throw new ToolError(fault);
}

/** Returns why nothing can listen on the port, with the remedy. Undefined if it is free. */
export async function portFault(
  port: number,
  host: string,
  what: string,
  envVariable: string,
  command = 'npm start',
): Promise<string | undefined> {
  if (await isPortFree(port, host)) return undefined;
  const owner = await ownerOf(port);
  const other = await nextFreePort(port, host);
  return (
    `Port ${port} (${what}) is taken${owner ? ` by ${owner}` : ''}. ` +
    `Stop it, or choose another port: ${envVariable}=${other} ${command}`
  );
}

/**
 * Trying to listen is not enough: macOS lets a program bind 127.0.0.1 beside a wildcard listener,
 * and `localhost` may lead to ::1. So a loopback port that answers at either address is taken too.
 */
export async function isPortFree(port: number, host: string): Promise<boolean> {
  if (!(await canListen(port, host))) return false;
  const local = WILDCARDS.includes(host) || host === 'localhost' || isLoopback(host);
  if (!local) return true;
  const answers = await Promise.all(LOOPBACK.map((address) => answersAt(port, address)));
  return !answers.includes(true);
}

const isLoopback = (host: string): boolean => (LOOPBACK as readonly string[]).includes(host);

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      if (errorCode(error) === 'EADDRINUSE') resolve(false);
      else reject(new ToolError(`Cannot listen on ${host} port ${port}: ${error.message}`));
    });
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

function answersAt(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host, timeout: CONNECT_TIMEOUT_MS });
    const finish = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
    socket.once('timeout', () => finish(false));
  });
}

async function nextFreePort(port: number, host: string): Promise<number> {
  const last = Math.min(port + 20, 65535);
  for (let candidate = port + 1; candidate <= last; candidate++) {
    if (await isPortFree(candidate, host)) return candidate;
  }
  return findFreePort();
}

/** Such as `node (pid 1234)`; undefined when the system does not tell. */
async function ownerOf(port: number): Promise<string | undefined> {
  const pid = process.platform === 'linux' ? await linuxListener(port) : await lsofListener(port);
  return pid ? `${await nameOf(pid)} (pid ${pid})` : undefined;
}

async function linuxListener(port: number): Promise<number | undefined> {
  const sockets = await listeningSockets(port);
  const entries = await readdir('/proc');
  for (const pid of entries.filter((name) => /^\d+$/.test(name))) {
    // The descriptors of other people's processes cannot be read: then the owner stays unknown.
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const descriptor of descriptors) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      if (sockets.has(target)) return Number(pid);
    }
  }
  return undefined;
}

/** The sockets that listen on a port, as /proc/<pid>/fd shows them: `socket:[<inode>]`. */
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
