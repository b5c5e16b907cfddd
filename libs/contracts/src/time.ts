import type { Duration } from './generated/google/protobuf/duration';
import type { Timestamp } from './generated/google/protobuf/timestamp';

/** Maps a Date to a protobuf Timestamp, in whole milliseconds. */
export const toTimestamp = (date: Date): Timestamp => {
  const seconds = Math.floor(date.getTime() / 1_000);
  return { seconds, nanos: (date.getTime() - seconds * 1_000) * 1_000_000 };
};

/** Maps a protobuf Timestamp to a Date. Truncates to milliseconds. */
export const toDate = ({ seconds, nanos }: Timestamp): Date =>
  new Date(seconds * 1_000 + Math.floor(nanos / 1_000_000));

/** Maps a protobuf Duration to milliseconds. Truncates fractions. */
export const toMs = ({ seconds, nanos }: Duration): number =>
  seconds * 1_000 + Math.trunc(nanos / 1_000_000);
