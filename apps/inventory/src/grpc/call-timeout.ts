import type { IncomingHttpHeaders } from 'node:http2';

const HEADER = 'grpc-timeout';

/** The form that gRPC prescribes. grpc-js would also take a part of a text, such as the 1S of -1S. */
const TIMEOUT = /^(\d{1,8})([HMSmun])$/;

const SECONDS_BY_UNIT: Readonly<Record<string, number>> = { H: 3_600, M: 60, S: 1 };

/** Node's timers end at 2^31 ms. In grpc-js, the deadline of a longer timeout would have passed at once. */
const MAX_TIMEOUT_SECONDS = 2_147_483;

/**
 * Returns whether the timeout of a call has the right form, and shortens one that is too long for a timer.
 * grpc-js would answer another form with INTERNAL, as if the server had failed.
 */
export const acceptTimeout = (headers: IncomingHttpHeaders): boolean => {
  const timeout = headers[HEADER];
  if (timeout === undefined) return true;
  const [, count, unit = ''] = TIMEOUT.exec(String(timeout)) ?? [];
  if (count === undefined) return false;
  if (Number(count) * (SECONDS_BY_UNIT[unit] ?? 0) > MAX_TIMEOUT_SECONDS)
    headers[HEADER] = `${MAX_TIMEOUT_SECONDS}S`;
  return true;
};
