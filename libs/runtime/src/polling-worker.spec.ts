import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { PollingWorker, type PollingWorkerOptions } from './polling-worker';

type Options = Pick<PollingWorkerOptions, 'runsBeforeStart' | 'stopsEarly' | 'rest'>;

/** Far longer than a test: a run follows only a start or a wake. */
const NEVER_MS = 3_600_000;

let runs: number;
let isFailing: boolean;

const work = (): Promise<boolean> => {
  runs += 1;
  return isFailing ? Promise.reject(new Error('the work failed')) : Promise.resolve(false);
};

/** A service with one worker. */
const createApp = async (options: Options) => {
  @Injectable()
  class CountingWorker extends PollingWorker {
    constructor() {
      super(work, { what: 'count', intervalMs: NEVER_MS, ...options });
    }

    override wake(): void {
      super.wake();
    }
  }
  const app = await Test.createTestingModule({ providers: [CountingWorker] }).compile();
  return { app, worker: app.get(CountingWorker) };
};

const settle = () => new Promise(setImmediate);

beforeEach(() => {
  runs = 0;
  isFailing = false;
});

it('runs from the start of the service to its shutdown, and when it is woken', async () => {
  const { app, worker } = await createApp({});
  await settle();
  expect(runs).toBe(0);

  await app.init();
  await settle();
  expect(runs).toBe(1);
  worker.wake();
  await settle();
  expect(runs).toBe(2);

  await app.close();
  worker.wake();
  await settle();
  expect(runs).toBe(2);
});

it('runs once before the service has started, if it is told to', async () => {
  isFailing = true;
  const { app } = await createApp({ runsBeforeStart: true });
  await expect(app.init()).rejects.toThrow('the work failed');
  await settle();
  expect(runs).toBe(1);
});

it.each([
  { options: {}, runsAfter: 2, when: 'after the last requests' },
  { options: { stopsEarly: true }, runsAfter: 1, when: 'before the last requests end' },
] as const)('with $options stops $when', async ({ options, runsAfter }) => {
  const { app, worker } = await createApp(options);
  await app.init();
  await settle();
  await worker.beforeApplicationShutdown();
  worker.wake();
  await settle();
  expect(runs).toBe(runsAfter);
  await app.close();
});
