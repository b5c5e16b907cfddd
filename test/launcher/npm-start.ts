import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { canEnter } from '../../tools/postgres-account';
import { run } from '../../tools/processes';
import { eventually } from '../harness/wait';
import type { Checkout } from './checkout';
import { privateFiles } from './private-files';
import type { Report } from './report';

const CONFIRMED_WITHIN_MS = 60_000;
const READY = 'QuickBite is ready.';

const isRoot = (): boolean => process.getuid?.() === 0;

/** Places orders until one is confirmed: in watch mode, a service may be restarting. */
export const confirmOrder = async ({ ports }: Checkout): Promise<void> => {
  await eventually(
    'an order is CONFIRMED',
    async () => {
      const response = await fetch(`http://127.0.0.1:${ports.orders}/v1/orders`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ userId: 'launcher', sku: 'pizza', quantity: 1 }),
      }).catch(() => undefined);
      if (response?.status === 409) throw new Error(`Rejected: ${await response.text()}`);
      return response?.status === 201;
    },
    CONFIRMED_WITHIN_MS,
  );
};

export const takenPort = async (checkout: Checkout, report: Report): Promise<void> => {
  const port = checkout.ports.orders;
  const listener = createServer().listen(port, '127.0.0.1');
  await once(listener, 'listening');
  try {
    const { code, output } = await checkout.run(['npm', 'start']);
    report.check(
      'npm start names the process on a taken port and proposes another port',
      code === 1 &&
        output.includes(`Port ${port} (`) &&
        output.includes(`(pid ${process.pid})`) &&
        /choose another port: ORDERS_HTTP_PORT=\d+ npm start/.test(output),
      output,
    );
  } finally {
    listener.close();
  }
  await checkout.waitUntilStopped();
  report.ok('a failed npm start leaves no process running');
};

/**
 * As root, in a folder that only root can enter, like /root. Postgres does not run as root, so it
 * gets another account and a data folder outside.
 */
export const startAndCtrlC = async (checkout: Checkout, report: Report): Promise<void> => {
  if (isRoot()) await chmod(checkout.parent, 0o700);
  else report.notRun('npm start as root in a 0700 folder; this account is not root');
  const terminal = checkout.open(['npm', 'start']);
  await terminal.waitForOutput(READY);
  await confirmOrder(checkout);
  report.ok(`npm start${isRoot() ? ' as root in a 0700 folder' : ''}: an order is CONFIRMED`);
  await privateFiles(checkout, report, terminal.output);
  const second = await checkout.run(['npm', 'start']);
  report.check(
    'a second npm start in the folder is refused',
    second.code === 1 && second.output.includes('npm start already runs for this folder (pid '),
    second.output,
  );
  terminal.pressCtrlC();
  await terminal.waitForExit();
  await checkout.waitUntilStopped();
  report.ok('Ctrl+C ends every process, including Postgres');

  const data = await checkout.dataFolder();
  report.check('the data is kept', existsSync(data), data);
  await checkout.reset();
  report.check('npm run db:reset deletes the data', !existsSync(data), data);
};

export const anotherAccount = async (checkout: Checkout, report: Report): Promise<void> => {
  const idOf = (flag: '-u' | '-g') => Number(execFileSync('id', [flag, 'nobody']));
  const account = { name: 'nobody', uid: idOf('-u'), gid: idOf('-g') };
  if (!isRoot() || !canEnter(dirname(process.execPath), account)) {
    report.notRun(
      'npm start as another account; it needs root and a Node that the account can run',
    );
    return;
  }
  await checkout.reset();
  await chmod(checkout.parent, 0o755);
  const home = join(checkout.parent, 'home');
  await mkdir(home);
  await chown(home, account.uid, account.gid);
  await changeOwner(`${account.uid}:${account.gid}`, checkout.root);

  const env = { HOME: home, USER: account.name };
  const terminal = checkout.open(['npm', 'start'], { uid: account.uid, gid: account.gid, env });
  await terminal.waitForOutput(READY);
  await confirmOrder(checkout);
  const processes = await checkout.processes();
  const owners = await Promise.all(processes.map(({ pid }) => ownerOf(pid)));
  report.check(
    'npm start as another account: an order is CONFIRMED, and every process runs as that account',
    processes.some(({ commandLine }) => commandLine.includes('postgres')) &&
      owners.every((owner) => owner === account.uid || owner === undefined),
    processes,
  );
  await privateFiles(checkout, report, terminal.output);
  terminal.terminate();
  await terminal.waitForExit();
  await checkout.waitUntilStopped();
  report.ok('SIGTERM to npm ends every process, including Postgres');
};

/** Returns undefined for a process that has ended. */
const ownerOf = async (pid: number): Promise<number | undefined> =>
  (await stat(`/proc/${pid}`).catch(() => undefined))?.uid;

/** Skips the files in node_modules: as hard links, they are also those of this checkout. */
const changeOwner = async (owner: string, root: string): Promise<void> => {
  const linked = ['(', '-path', join(root, 'node_modules', '*'), '!', '-type', 'd', ')'];
  const command = [root, '!', ...linked, '-exec', 'chown', '-h', owner, '{}', '+'];
  const { code, output } = await run('find', command);
  if (code !== 0) throw new Error(`The owner of the checkout could not be changed:\n${output}`);
};
