/**
 * Reads in a process of its own at the lowest priority: real readers run on other machines and do not take
 * the processor from the services. Reads from one message to the next, which ends it.
 */
import { setPriority } from 'node:os';
import { hostileReaders, type Protocol, type ReadPlan, type ReadResult } from './hostile-reads';
import { closedLoop } from './loops';

const LOWEST_PRIORITY = 19;

export type ReadCounts = Record<ReadResult['outcome'], number>;
export type ReadReport = Record<Protocol, ReadCounts>;

const newCounts = (): ReadCounts => ({ read: 0, rejected: 0, failed: 0 });

let isOver = false;

const read = async (plan: ReadPlan): Promise<ReadReport> => {
  isOver = false;
  const { callers, close } = hostileReaders(plan);
  const report: ReadReport = { REST: newCounts(), gRPC: newCounts() };
  await Promise.all(
    (['REST', 'gRPC'] as const).map((protocol) =>
      closedLoop<ReadResult>(
        callers[protocol],
        () => isOver,
        (_startedMs, _endedMs, { outcome, pauseMs }) => {
          report[protocol][outcome] += 1;
          return pauseMs;
        },
      ),
    ),
  );
  close();
  return report;
};

setPriority(LOWEST_PRIORITY);
process.on('message', (message: ReadPlan | 'stop') => {
  if (message === 'stop') isOver = true;
  else void read(message).then((report) => process.send?.(report));
});
process.on('disconnect', () => process.exit(0));
