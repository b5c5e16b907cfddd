import { Checkout } from './checkout';
import { development } from './development';
import { anotherAccount, startAndCtrlC, takenPort } from './npm-start';
import { Report, runAndExit } from './report';

/**
 * `npm run test:launcher`: checks `npm start`, `npm run db`, watch mode and the migration commands in
 * a copy of this checkout. `npm run test:launcher -- 'start and Ctrl+C'` runs that part alone.
 */
const RUN_WITHIN_MS = 480_000;

/** The parts share one copy. `development` comes last, since it edits the sources. */
const PARTS = {
  'taken port': takenPort,
  'start and Ctrl+C': startAndCtrlC,
  'another account': anotherAccount,
  development,
};

const runParts = async (checkout: Checkout, report: Report): Promise<void> => {
  const names = process.argv.slice(2);
  for (const [name, part] of Object.entries(PARTS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const passed = await report.part(name, () => part(checkout, report));
    if (passed) continue;
    // The processes and data that a failed part leaves would fail the next part.
    await checkout.kill();
    await checkout.reset();
  }
};

const main = async (): Promise<void> => {
  const report = new Report();
  if (process.platform !== 'linux') {
    report.notRun('the launcher test; it finds processes in /proc');
    return;
  }
  const checkout = await Checkout.make();
  const work = () => runParts(checkout, report);
  await runAndExit(report, work, () => checkout.remove(), RUN_WITHIN_MS);
};

void main();
