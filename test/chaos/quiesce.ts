import { withWaitIndicator } from '../../apps/cli/src/command-line/wait-indicator';
import type { Log } from '../../tools/tool';
import { verifyAll } from './cross-check';
import type { FaultTargets } from './fault-targets';
import { checkReplay } from './replay-check';
import type { ClientRecord } from './record';

/** An order is decided within 30 s, and the calls after that are retried within seconds. */
const QUIESCE_TIMEOUT_MS = 90_000;
const POLL_INTERVAL_MS = 500;

/**
 * Ends all faults, waits until the system has finished every order by itself, and verifies. Unfinished
 * orders after the timeout are violations, which the verification reports.
 */
export const quiesceAndVerify = async (
  targets: FaultTargets,
  record: ClientRecord,
  log: Log,
): Promise<void> => {
  await targets.restore();
  const startedMs = performance.now();
  const { cluster } = targets;
  await withWaitIndicator('Waiting until every order is finished', () =>
    cluster.awaitQuiescence(QUIESCE_TIMEOUT_MS, POLL_INTERVAL_MS),
  ).then(
    () => log(`Quiescent after ${((performance.now() - startedMs) / 1_000).toFixed(1)} s.`),
    (error: unknown) => log(String(error)),
  );
  log('Verifying.');
  await withWaitIndicator('Verifying', async () => {
    await verifyAll(record, cluster);
    await checkReplay(record.violations, cluster);
  });
};
