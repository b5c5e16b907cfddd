import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commandLineOf } from '../../tools/processes';
import type { Checkout, OpenOptions } from './checkout';
import { confirmedOrder, listOrders } from './orders';
import type { SeenProcess } from './processes-below';
import type { Report } from './report';
import type { Terminal } from './terminal';

export const isService = ({ commandLine }: SeenProcess): boolean =>
  commandLine.includes('dist/apps/');

export const started = async (checkout: Checkout, options?: OpenOptions): Promise<Terminal> => {
  const terminal = checkout.open(['npm', 'start'], options);
  await terminal.says('QuickBite is ready.');
  return terminal;
};

/** The life of `npm start`, from the first one through every way to end it. */
export const startAndStop = async (checkout: Checkout, report: Report): Promise<void> => {
  let terminal = await started(checkout);
  report.ok('npm start works in a folder whose path has a space');
  await pastedCalls(checkout, report, terminal);
  await secondInTheFolder(checkout, report);
  const orders = JSON.stringify(await listOrders(checkout.ports.orders));

  terminal.pressCtrlC();
  await terminal.ended();
  await checkout.isQuiet();
  report.ok('Ctrl+C ends every process, Postgres included');

  terminal = await started(checkout);
  const kept = JSON.stringify(await listOrders(checkout.ports.orders));
  report.check('the next start has the orders of the first', kept === orders, kept);
  terminal.terminate();
  await terminal.ended();
  await checkout.isQuiet();
  report.ok('SIGTERM to npm ends every process, Postgres included');

  await killed(checkout, report);
};

/** The calls of the banner, by a shell in the folder, as somebody pastes them. */
const pastedCalls = async (
  checkout: Checkout,
  report: Report,
  { output }: Terminal,
): Promise<void> => {
  const blocks = output.split('\n\n').map((block) => block.trim());
  const callNamed = (name: string) => blocks.find((block) => block.startsWith(name)) ?? 'false';
  const rest = await checkout.run(['sh', '-c', callNamed('curl ')]);
  report.check(
    'the printed curl call gives 201 CONFIRMED',
    rest.output.includes(' 201 Created') && rest.output.includes('"status":"CONFIRMED"'),
    rest.output,
  );
  const grpc = await checkout.run(['sh', '-c', callNamed('npx buf curl ')]);
  report.check(
    'the printed buf curl call reserves',
    grpc.code === 0 && /"reserved":\s*true/.test(grpc.output),
    grpc.output,
  );
};

const launcherPid = async (checkout: Checkout): Promise<number> => {
  const file = join(checkout.root, '.quickbite/running.json');
  const { pid } = JSON.parse(await readFile(file, 'utf8')) as { pid: number };
  const command = await commandLineOf(pid);
  if (!command?.includes('tools/start.ts')) throw new Error(`Pid ${pid} is ${String(command)}`);
  return pid;
};

const secondInTheFolder = async (checkout: Checkout, report: Report): Promise<void> => {
  const pid = await launcherPid(checkout);
  const { code, output } = await checkout.run(['npm', 'start']);
  report.check(
    'a second npm start says that one is running, with its pid',
    code === 1 && output.includes(`npm start already runs for this folder (pid ${pid})`),
    output,
  );
};

const killed = async (checkout: Checkout, report: Report): Promise<void> => {
  const before = await started(checkout);
  const services = (await checkout.processes()).filter(isService);
  before.kill();
  await before.ended();
  await checkout.isQuiet(isService);
  report.ok(`kill -9 of npm and the launcher: the ${services.length} services end by themselves`);
  const terminal = await started(checkout);
  await confirmedOrder(checkout.ports.orders);
  report.ok('and the next start takes an order');
  terminal.pressCtrlC();
  await terminal.ended();
  await checkout.isQuiet();
};
