import type { OrderEvent } from '../order/order-event';
import { THIS_MACHINE } from '../http/caller-key';
import { FOR_ANY_CUSTOMER } from '../order/requester';
import { TimelineSubscriptions } from './timeline-subscriptions.service';
import { type TimelineRepository } from './timeline.repository';
import { TimelineService } from './timeline.service';

const event = (seq: number) =>
  ({ seq, event: 'PLACED', status: 'PENDING', occurredAt: new Date() }) as OrderEvent;

/** The events of an order without a final one, as an instance without timelines leaves them. */
const finishedWithout = (events: readonly OrderEvent[]) => {
  const repository = {
    isFinished: () => Promise.resolve(true),
    timeOf: () => Promise.resolve(new Date()),
    eventsAfter: ([{ afterSeq }]: [{ afterSeq: number }], limit: number) =>
      Promise.resolve([
        { events: events.filter(({ seq }) => seq > afterSeq).slice(0, limit), isLost: false },
      ]),
  } as unknown as TimelineRepository;
  return new TimelineService(repository, new TimelineSubscriptions(repository));
};

it('ends the stream of a finished order after its last event, whatever the status of that is', async () => {
  const all = Array.from({ length: 250 }, (_each, index) => event(index + 1));
  const { signal } = new AbortController();
  const stream = await finishedWithout(all).stream(
    'order',
    0,
    FOR_ANY_CUSTOMER,
    THIS_MACHINE,
    signal,
  );
  const received = [];
  for await (const events of stream ?? []) received.push(...events);
  expect(received).toEqual(all);
});

it('rejects a stream beyond the limit of 1,000 before it reads the database', async () => {
  const read = jest.fn(() => new Promise<never>(() => undefined));
  const repository = { eventsAfter: read, isFinished: read } as unknown as TimelineRepository;
  const timelines = new TimelineService(repository, new TimelineSubscriptions(repository));
  const clients = Array.from({ length: 1_000 }, () => new AbortController());
  for (const { signal } of clients)
    void timelines.stream('order', 0, FOR_ANY_CUSTOMER, THIS_MACHINE, signal);

  const { signal } = new AbortController();
  await expect(
    timelines.stream('order', 0, FOR_ANY_CUSTOMER, THIS_MACHINE, signal),
  ).rejects.toMatchObject({
    reason: 'OVERLOADED',
  });
  expect(read).toHaveBeenCalledTimes(1_000);

  clients[0]?.abort();
  void timelines.stream('order', 0, FOR_ANY_CUSTOMER, THIS_MACHINE, signal);
  expect(read).toHaveBeenCalledTimes(1_001);
});
