import { DeliveryProgress, type NewDeliveryRecord } from './delivery-progress';

const NOW_MS = Date.UTC(2026, 10, 23);
const MINUTE_MS = 60_000;

const record = (id: string, status: NewDeliveryRecord['status']): NewDeliveryRecord => ({
  id,
  key: `key of ${id}`,
  position: 1,
  ref: 'ref',
  type: 'order.placed',
  status,
  attempts: 1,
  pauseMs: null,
  responseCode: null,
  error: null,
});

const FAILED = { isDelivered: false };
const DELIVERED = { isDelivered: true };

it('says once that deliveries begin to fail, and once that they succeed again', () => {
  const progress = new DeliveryProgress(null);
  const next = (nowMs: number) => {
    const news = progress.news(nowMs);
    progress.markWritten(news, nowMs);
    return { health: news.health, retrySoon: news.retrySoon };
  };
  expect(next(NOW_MS)).toEqual({ health: undefined, retrySoon: false });
  progress.recordAttempt(FAILED);
  expect(next(NOW_MS)).toEqual({ health: 'failed', retrySoon: false });
  progress.recordAttempt(FAILED);
  expect(next(NOW_MS)).toEqual({ health: undefined, retrySoon: false });
  progress.recordAttempt(FAILED);
  progress.recordAttempt(DELIVERED);
  expect(next(NOW_MS + MINUTE_MS)).toEqual({ health: 'succeeded', retrySoon: true });
  progress.recordAttempt(DELIVERED);
  expect(next(NOW_MS + MINUTE_MS)).toEqual({ health: undefined, retrySoon: false });
});

it('does not hasten retries after a short failure, such as that of one event', () => {
  const progress = new DeliveryProgress(new Date(NOW_MS));
  progress.recordAttempt(DELIVERED);
  expect(progress.news(NOW_MS + 1_000)).toMatchObject({ health: 'succeeded', retrySoon: false });
});

it('keeps what came while the rest was written', () => {
  const progress = new DeliveryProgress(null);
  progress.addWaiting([record('1', 'RETRYING')]);
  const news = progress.news(NOW_MS);
  progress.addWaiting([record('2', 'QUEUED')]);
  expect(progress.waitingKeys).toEqual(['key of 1', 'key of 2']);
  progress.markWritten(news, NOW_MS);
  expect(progress.waitingKeys).toEqual(['key of 2']);
});

it('writes only the first of many events that were received at once', () => {
  const progress = new DeliveryProgress(null);
  for (let count = 1; count <= 100; count += 1) {
    progress.addDelivered(record(String(count), 'DELIVERED'));
  }
  expect(progress.news(NOW_MS).recorded).toHaveLength(10);
  expect(progress).toMatchObject({ waitingCount: 0, waitingKeys: [] });
});
