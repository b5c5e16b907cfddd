import { TimelineSubscriptions } from './timeline-subscriptions.service';
import { type TimelineRepository } from './timeline.repository';
import { TimelineService } from './timeline.service';

it('rejects a stream beyond the limit of 1,000 before it reads the database', async () => {
  const read = jest.fn(() => new Promise<never>(() => undefined));
  const repository = { eventsAfter: read, isFinished: read } as unknown as TimelineRepository;
  const timelines = new TimelineService(repository, new TimelineSubscriptions(repository));
  const clients = Array.from({ length: 1_000 }, () => new AbortController());
  for (const { signal } of clients) void timelines.stream('order', 0, signal);

  const { signal } = new AbortController();
  await expect(timelines.stream('order', 0, signal)).rejects.toMatchObject({
    reason: 'OVERLOADED',
  });
  expect(read).toHaveBeenCalledTimes(1_000);

  clients[0]?.abort();
  void timelines.stream('order', 0, signal);
  expect(read).toHaveBeenCalledTimes(1_001);
});
