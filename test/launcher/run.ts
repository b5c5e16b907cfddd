/**
 * `npm run test:launcher`: what `npm start`, `npm run db`, the migration commands and watch mode
 * promise, shown in a copy of this checkout: every way to start and end, and what is left after it.
 * `npm run test:launcher -- 'start and stop'` runs that part alone.
 */
import { Checkout } from './checkout';
import { databases } from './databases';
import { asNobody, belowClosedFolder } from './other-accounts';
import { ownPostgres } from './own-postgres';
import { Report } from './report';
import { startAndStop } from './start-and-stop';
import { takenPort } from './taken-port';

/** Two minutes on an idle machine with two cores. */
const RUN_WITHIN_MS = 480_000;

type Part = (checkout: Checkout, report: Report) => Promise<void>;

/** In an order that lets them share one copy. */
const PARTS: readonly (readonly [name: string, part: Part])[] = [
  ['a taken port', takenPort],
  ['databases of somebody else', ownPostgres],
  ['start and stop', startAndStop],
  ['npm run db', databases],
  ['below a closed folder', belowClosedFolder],
  ['another user', asNobody],
];

/** Those that the command line names, or all. */
const chosenParts = () => {
  const words = process.argv.slice(2);
  return PARTS.filter(([name]) => words.length === 0 || words.includes(name));
};

const runParts = async (checkout: Checkout, report: Report): Promise<void> => {
  for (const [name, part] of chosenParts()) {
    const startedMs = performance.now();
    const passed = await report.part(name, () => part(checkout, report));
    // What a failed part leaves running would fail the next one as well.
    if (!passed) await checkout.kill();
    console.log(`    ${name}: ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
  }
};

/** Rejects when the run takes too long, or somebody wants it to end. */
const interrupted = (): Promise<never> =>
  new Promise((_resolve, reject) => {
    const late = () => reject(new Error(`It did not end within ${RUN_WITHIN_MS} ms`));
    setTimeout(late, RUN_WITHIN_MS).unref();
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(name, () => reject(new Error(`Ended by ${name}`)));
    }
  });

const main = async (): Promise<number> => {
  const report = new Report();
  if (process.platform !== 'linux') {
    report.notRun('the launcher tests; they look for processes in /proc');
    return report.end();
  }
  const checkout = await Checkout.make();
  try {
    await Promise.race([runParts(checkout, report), interrupted()]);
  } catch (error) {
    report.fail('the run', error);
  }
  await report.part('cleaning up', () => checkout.remove());
  return report.end();
};

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
