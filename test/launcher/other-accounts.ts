import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { canEnter } from '../../tools/postgres-account';
import { run } from '../../tools/processes';
import type { Account, Checkout } from './checkout';
import { confirmedOrder } from './orders';
import { shown } from './processes-below';
import type { Report } from './report';
import { started } from './start-and-stop';

const isRoot = (): boolean => process.getuid?.() === 0;

/**
 * Where root alone can enter, Postgres, which root lends another account, has to live elsewhere.
 * Comes after watch mode, whose leftovers in dist/ this must not run.
 */
export const belowClosedFolder = async (checkout: Checkout, report: Report): Promise<void> => {
  if (!isRoot()) {
    report.notRun('npm start below a 0700 folder; it needs root');
    return;
  }
  await checkout.reset();
  const open = checkout.root;
  const closed = join(checkout.temporary, 'closed');
  await mkdir(closed, { mode: 0o700 });
  await checkout.moveTo(join(closed, 'quick bite'));
  try {
    const terminal = await started(checkout);
    report.check(
      'after watch mode npm start builds again, though the sources are as before',
      terminal.output.includes('Building Inventory and Orders'),
      terminal.output,
    );
    await confirmedOrder(checkout.ports.orders);
    const data = await checkout.dataFolder();
    const outside = !data.startsWith(checkout.temporary) && existsSync(data);
    report.check(
      'root below a 0700 folder: the data is outside, an order CONFIRMED',
      outside,
      data,
    );
    terminal.pressCtrlC();
    await terminal.ended();
    await checkout.isQuiet();
    await checkout.reset();
    report.check('npm run db:reset deletes what is outside', !existsSync(dirname(data)), data);
  } finally {
    await checkout.kill();
    await checkout.reset();
    await checkout.moveTo(open);
  }
};

const idOf = (flag: '-u' | '-g'): number => Number(execFileSync('id', [flag, 'nobody']));

/** Comes last: afterwards the copy belongs to nobody. */
export const asNobody = async (checkout: Checkout, report: Report): Promise<void> => {
  if (!isRoot()) {
    report.notRun('npm start as another user; it needs root');
    return;
  }
  const home = join(checkout.temporary, 'home');
  const account: Account = { uid: idOf('-u'), gid: idOf('-g'), home };
  const { uid, gid } = account;
  if (!canEnter(dirname(process.execPath), { name: 'nobody', uid, gid })) {
    report.notRun(`npm start as another user; nobody cannot enter ${dirname(process.execPath)}`);
    return;
  }
  await checkout.reset();
  await mkdir(home);
  await chown(home, uid, gid);
  await chmod(checkout.root, 0o755);
  await giveTo(account, checkout.root);

  const terminal = await started(checkout, { account });
  await confirmedOrder(checkout.ports.orders);
  const running = await checkout.processes();
  const owners = await Promise.all(running.map(({ pid }) => ownerOf(pid)));
  report.check(
    'another user without rights: an order is CONFIRMED, everything runs as that user',
    running.some(({ commandLine }) => commandLine.includes('postgres')) &&
      owners.every((owner) => owner === uid || owner === undefined),
    shown(running),
  );
  terminal.pressCtrlC();
  await terminal.ended();
  await checkout.isQuiet();
  report.ok('and Ctrl+C ends it');
};

/** Undefined for one that has just ended. */
const ownerOf = async (pid: number): Promise<number | undefined> =>
  (await stat(`/proc/${pid}`).catch(() => undefined))?.uid;

/** In node_modules the folders alone: its files are the source's own, under another name. */
const giveTo = async ({ uid, gid }: Account, root: string): Promise<void> => {
  const owner = `${uid}:${gid}`;
  const modules = join(root, 'node_modules');
  for (const which of [
    [root, '-path', modules, '-prune', '-o', '-exec', 'chown', '-h', owner, '{}', '+'],
    [modules, '-type', 'd', '-exec', 'chown', owner, '{}', '+'],
  ]) {
    const { code, output } = await run('find', which);
    if (code !== 0) throw new Error(`The copy could not be given to ${owner}:\n${output}`);
  }
};
