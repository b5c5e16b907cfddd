import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metadata, status } from '@grpc/grpc-js';
import type { AdjustStockRequest, AdjustStockResponse } from '@app/contracts';
import { eventually, times } from '../../../../test/harness/wait';
import { checkFile } from './import-file';
import { importJob } from './import-job';
import { ImportRun, type ImportCounts } from './import-run';

const LINES = 200;
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quickbite-import-'));
  file = join(folder, 'stock.csv');
  await writeFile(file, `sku,on_hand\n${times(LINES, (index) => `s${index},1\n`).join('')}`);
});

afterEach(() => rm(folder, { recursive: true }));

type Adjust = (request: AdjustStockRequest) => Promise<AdjustStockResponse>;

const response: AdjustStockResponse = {
  unmetReservations: [],
  alreadyRecorded: false,
  unmetReservationsIncomplete: false,
};
const succeed: Adjust = () => Promise.resolve(response);
const failure = (code: status, details = 'no') =>
  Object.assign(new Error(details), { code, details, metadata: new Metadata() });

const never = new AbortController().signal;

const newRun = (adjust: Adjust, stop = never, retrySeconds = 0): ImportRun => {
  const job = importJob(file, { actor: 'ann', retryFor: String(retrySeconds) });
  const progress = { advance: () => undefined, stop: () => undefined };
  return new ImportRun({ client: { adjust }, job, importId: 'i', progress, stop });
};

const runWith = async (...args: Parameters<typeof newRun>): Promise<ImportCounts> =>
  newRun(...args).run(await checkFile(file, never));

it('sends every line, 64 at a time', async () => {
  const release: (() => void)[] = [];
  const sent: string[] = [];
  const running = runWith(({ sku }) => {
    sent.push(sku);
    return new Promise((resolve) => release.push(() => resolve(response)));
  });
  await eventually('64 are in flight', () => release.length === 64);
  for (let done = 0; done < LINES; done += 1) {
    await eventually('the next is sent', () => release[done] !== undefined);
    expect(release.length - done).toBeLessThanOrEqual(64);
    release[done]?.();
  }
  expect(await running).toMatchObject({ changed: LINES, alreadyApplied: 0, noResponse: 0 });
  expect(sent).toEqual(times(LINES, (index) => `s${index}`));
});

it('continues after a rejected line and reports the line and the reason', async () => {
  const counts = await runWith((request) =>
    request.sku === 's7'
      ? Promise.reject(failure(status.FAILED_PRECONDITION, 'reserved'))
      : succeed(request),
  );
  expect(counts).toMatchObject({ changed: LINES - 1, failure: undefined });
  expect(counts.rejected.toString()).toBe('line 9: s7: reserved (FAILED_PRECONDITION)');
});

it.each([status.UNAVAILABLE, status.RESOURCE_EXHAUSTED, status.DEADLINE_EXCEEDED])(
  'repeats a call that failed with %i, under the same id',
  async (code) => {
    const ids: string[] = [];
    const counts = await runWith(
      (request) => {
        if (request.sku === 's7') ids.push(request.adjustmentId);
        return ids.length === 1 && request.sku === 's7'
          ? Promise.reject(failure(code))
          : succeed(request);
      },
      never,
      60,
    );
    expect(counts).toMatchObject({ changed: LINES, noResponse: 0 });
    expect(ids).toEqual(['import:i:s7', 'import:i:s7']);
  },
);

it('stops sending when Inventory does not respond for too long', async () => {
  let calls = 0;
  const counts = await runWith(() => {
    calls += 1;
    return Promise.reject(failure(status.UNAVAILABLE, 'gone'));
  });
  expect(counts).toMatchObject({ changed: 0, failure: expect.stringContaining('gone') as string });
  expect(calls).toBeLessThanOrEqual(64);
  expect(counts.noResponse).toBe(calls);
});

it('stops sending after an error that a retry cannot resolve', async () => {
  let calls = 0;
  const counts = await runWith(
    () => {
      calls += 1;
      return Promise.reject(failure(status.INTERNAL));
    },
    never,
    60,
  );
  expect(calls).toBeLessThanOrEqual(64);
  expect(counts.failure).toContain('INTERNAL');
});

it('waits for the calls in flight and sends no more when it is interrupted', async () => {
  const stop = new AbortController();
  const release: (() => void)[] = [];
  const running = runWith(
    () => new Promise((resolve) => release.push(() => resolve(response))),
    stop.signal,
  );
  await eventually('64 are in flight', () => release.length === 64);
  stop.abort();
  let ended = false;
  void running.then(() => (ended = true));
  for (const [index, go] of release.entries()) {
    expect({ index, ended }).toEqual({ index, ended: false });
    go();
    await new Promise(setImmediate);
  }
  expect(await running).toMatchObject({ changed: 64, noResponse: 0, failure: undefined });
  expect(release).toHaveLength(64);
});

it.each(['sku,on_hand\nburger,-1\n', 'sku,on_hand\nburger,1\n'])(
  'detects that the file changed to %j after the check',
  async (content) => {
    const checked = await checkFile(file, never);
    await writeFile(file, content);
    expect((await newRun(succeed).run(checked)).failure).toContain('file changed');
  },
);
