import { TimelineSubscriptions } from './timeline-subscriptions.service';
import { type TimelineRepository } from './timeline.repository';
import { TimelineService } from './timeline.service';

it('of more than 1,000 followers the next is refused, before the database is asked for it', async () => {
  const asked = jest.fn(() => new Promise<never>(() => undefined));
  const repository = { eventsAfter: asked } as unknown as TimelineRepository;
  const timelines = new TimelineService(repository, new TimelineSubscriptions(repository));
  const callers = Array.from({ length: 1_000 }, () => new AbortController());
  for (const { signal } of callers) void timelines.follow('order', 0, signal);

  const { signal } = new AbortController();
  await expect(timelines.follow('order', 0, signal)).rejects.toMatchObject({
    reason: 'OVERLOADED',
  });
  expect(asked).toHaveBeenCalledTimes(1_000);

  callers[0]?.abort();
  void timelines.follow('order', 0, signal);
  expect(asked).toHaveBeenCalledTimes(1_001);
});
