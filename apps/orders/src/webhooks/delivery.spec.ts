import { allowedRequests, DELIVERY_STATUSES, nextPauseMs } from './delivery';

const settings = { minPauseMs: 5_000, maxPauseMs: 3_600_000, parkAfterMs: 86_400_000 };
const MIDDLE = 0.5;

describe('the pause after a failure', () => {
  it('grows threefold with each failure, up to the maximum', () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7, 8, 100].map((attempts) =>
      nextPauseMs(settings, { attempts, ageMs: 0 }, MIDDLE),
    );
    expect(pauses).toEqual(
      [5, 15, 45, 135, 405, 1_215, 3_600, 3_600, 3_600].map((seconds) => seconds * 1_000),
    );
  });

  it('varies by a fifth, so that deliveries that failed together are not retried together', () => {
    const delivery = { attempts: 1, ageMs: 0 };
    expect(nextPauseMs(settings, delivery, 0)).toBe(4_000);
    expect(nextPauseMs(settings, delivery, 1)).toBe(6_000);
  });

  it('is as long as the receiver asks, up to the maximum', () => {
    const asked = (retryAfterMs: number) =>
      nextPauseMs(settings, { attempts: 1, ageMs: 0, retryAfterMs }, MIDDLE);
    expect([asked(1_000), asked(60_000), asked(9_999_999)]).toEqual([5_000, 60_000, 3_600_000]);
  });

  it('ends with a last attempt at the age at which a delivery is parked', () => {
    const at = (ageMs: number) => nextPauseMs(settings, { attempts: 30, ageMs }, MIDDLE);
    expect(at(86_399_000)).toBe(1_000);
    expect(at(86_400_000)).toBeUndefined();
  });
});

it('allows a request about every delivery', () => {
  const allowed = DELIVERY_STATUSES.map((status) => [status, allowedRequests(status)]);
  expect(Object.fromEntries(allowed)).toEqual({
    RETRYING: ['redeliver', 'discard'],
    QUEUED: ['discard'],
    PARKED: ['redeliver', 'discard'],
    DELIVERED: ['redeliver'],
    DISCARDED: ['redeliver'],
  });
});
