import { channel } from 'node:diagnostics_channel';

/**
 * Every place between two writes or calls at which a crash or a freeze must lose nothing. `unsent`,
 * `answered` and `recorded` belong to a call to Inventory of that kind.
 */
export const FAILPOINTS = [
  'order.unwritten',
  'order.written',
  'create.unsent',
  'create.answered',
  'create.recorded',
  'release.unsent',
  'release.answered',
  'release.recorded',
  'reduce.unsent',
  'reduce.answered',
  'reduce.recorded',
  'commit.unsent',
  'commit.answered',
  'commit.recorded',
  'reconciler.overdue',
  'reconciler.claimed',
  'decision.locked',
  'decision.written',
  'decision.committed',
] as const;

export type Failpoint = (typeof FAILPOINTS)[number];

export const FAILPOINT_CHANNEL = 'quickbite:failpoint';

const failpoints = channel(FAILPOINT_CHANNEL);

/**
 * Publishes on a diagnostics channel that the process reached a failpoint. Production has no
 * subscriber.
 */
export const failpoint = (name: Failpoint): void => {
  if (failpoints.hasSubscribers) failpoints.publish(name);
};
