import { channel } from 'node:diagnostics_channel';

/**
 * Every moment between two steps at which a process may die or stand still, and nothing may be lost.
 * `unsent`, `answered` and `recorded` are of a call to Inventory, by its kind.
 */
export const POINTS = [
  'order.unwritten',
  'order.written',
  'create.unsent',
  'create.answered',
  'create.recorded',
  'release.unsent',
  'release.answered',
  'release.recorded',
  'commit.unsent',
  'commit.answered',
  'commit.recorded',
  'settler.overdue',
  'settler.claimed',
  'decision.locked',
  'decision.written',
  'decision.committed',
] as const;

export type Point = (typeof POINTS)[number];

export const POINT_CHANNEL = 'quickbite:point';

const points = channel(POINT_CHANNEL);

/** Tells who listens to the channel that the process is at this point. Nobody does in production. */
export const point = (name: Point): void => {
  if (points.hasSubscribers) points.publish(name);
};
