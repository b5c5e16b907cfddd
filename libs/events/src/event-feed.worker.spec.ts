import { EventFeedWorker } from './event-feed.worker';
import type { EventSequencerRepository } from './event-sequencer.repository';
import { EventSequencer } from './event-sequencer.service';

class Feed {
  polls = 0;
  isAtRest = true;

  poll(): Promise<boolean> {
    this.polls += 1;
    return Promise.resolve(false);
  }
}

class Worker extends EventFeedWorker {
  constructor(feed: Feed, sequencer: EventSequencer) {
    super(feed, sequencer, { what: 'poll', intervalMs: 60_000, restIntervalMs: 60_000 });
  }
}

const sequencerOf = (result: 'done' | 'locked', hasWaiting = true): EventSequencer =>
  new EventSequencer({
    hasWaiting: () => Promise.resolve(hasWaiting),
    sequence: () => Promise.resolve(result),
  } as Partial<EventSequencerRepository> as EventSequencerRepository);

const pollsAfter = async (feed: Feed, sequencer: EventSequencer): Promise<number> => {
  const worker = new Worker(feed, sequencer);
  await worker.onApplicationBootstrap();
  await Promise.resolve();
  const before = feed.polls;
  await sequencer.sequence();
  await new Promise(setImmediate);
  await worker.onApplicationShutdown();
  return feed.polls - before;
};

it('polls a feed at rest at once when this process has sequenced events', async () => {
  expect(await pollsAfter(new Feed(), sequencerOf('done'))).toBe(1);
});

it('does not end the pause of a feed that is polled often', async () => {
  const feed = new Feed();
  feed.isAtRest = false;
  expect(await pollsAfter(feed, sequencerOf('done'))).toBe(0);
});

it.each([
  ['another process sequences them', sequencerOf('locked')],
  ['there are none', sequencerOf('done', false)],
])('does not poll when %s', async (_why, sequencer) => {
  expect(await pollsAfter(new Feed(), sequencer)).toBe(0);
});
