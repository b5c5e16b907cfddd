import { status } from '@grpc/grpc-js';
import { Test, type TestingModule } from '@nestjs/testing';
import { InventoryStub, never } from '../../../../test/harness/inventory-stub';
import { eventually } from '../../../../test/harness/wait';
import { InventoryAvailability, InventoryUnavailableError } from './inventory-availability';
import { InventoryChannelModule } from './inventory-channel.module';
import { StockClient } from '../stock/stock.client';

const TIMEOUT = status.DEADLINE_EXCEEDED;

let stub: InventoryStub;
let instance: TestingModule;
let availability: InventoryAvailability;
let stock: StockClient;
/** What was logged about Inventory, as `level: message`. */
let lines: string[];

const start = async (): Promise<void> => {
  const collect = (level: string) => (message: unknown) =>
    lines.push(`${level}: ${String(message)}`);
  instance = await Test.createTestingModule({
    imports: [InventoryChannelModule.at(stub.address)],
    providers: [StockClient],
  })
    .setLogger({ log: collect('info'), warn: collect('warn'), error: collect('error') })
    .compile();
  await instance.init();
  availability = instance.get(InventoryAvailability);
  stock = instance.get(StockClient);
};

beforeEach(async () => {
  lines = [];
  stub = await InventoryStub.start();
});

afterEach(async () => {
  await instance.close();
  stub.stop();
});

const becomes = (what: 'isReady' | 'isUnavailable' | 'isResponsive', value = true) =>
  eventually(`${what} is ${value}`, () => availability[what] === value, 5_000);

const outageLines = (): string[] => lines.filter((line) => line.includes('Inventory is '));

/** 20 calls one after the other. */
const callOften = async (): Promise<void> => {
  for (let count = 0; count < 20; count += 1) {
    await availability
      .call(() => Promise.resolve())
      .catch((error: unknown) => {
        if (!(error instanceof InventoryUnavailableError)) throw error;
      });
  }
};

it('logs one line for a refused connection and one for its return, however many calls are made', async () => {
  stub.stop();
  await start();
  await becomes('isUnavailable');
  await eventually('the loss is logged', () => outageLines().length > 0);
  await callOften();
  expect(outageLines()).toEqual(['warn: Inventory is unavailable (no connection); retrying']);

  await stub.listenAgain();
  await becomes('isReady');
  await eventually('the return is logged', () => outageLines().length > 1);
  await callOften();
  expect(outageLines().slice(1)).toEqual(['info: Inventory is available again']);

  stub.stop();
  await becomes('isUnavailable');
  await eventually('the second loss is logged', () => outageLines().length > 2);
  await callOften();
  expect(outageLines().slice(2)).toEqual([
    expect.stringMatching(/^warn: Inventory is unavailable/),
  ]);
});

it('logs nothing while Inventory is available', async () => {
  await start();
  await becomes('isReady');
  await callOften();
  expect(outageLines()).toEqual([]);
});

describe('a read of the stock that times out', () => {
  beforeEach(async () => {
    await start();
    await becomes('isReady');
  });

  it('makes an Inventory that hangs unavailable by health checks alone, and its return is found', async () => {
    stub.hang();
    expect(await stock.find(['burger'], 200)).toBeUndefined();
    expect(availability.isResponsive).toBe(false);
    await becomes('isUnavailable');
    await eventually('the loss is logged', () => outageLines().length > 0);
    const recoveredAtMs = performance.now();
    stub.recover();
    await becomes('isResponsive');
    expect(performance.now() - recoveredAtMs).toBeLessThan(2_000);
    await eventually('the return is logged', () => outageLines().length > 1);
    expect(outageLines()).toEqual([
      expect.stringMatching(/^warn: Inventory is unavailable \(.*DEADLINE_EXCEEDED/),
      'info: Inventory is available again',
    ]);
  });

  it('does not open the circuit while the health check succeeds', async () => {
    stub.behave(() => never);
    for (let count = 0; count < 5; count += 1) {
      expect(await stock.find(['burger'], 200)).toBeUndefined();
      expect(availability.isUnavailable).toBe(false);
      await becomes('isResponsive');
    }
    expect(outageLines()).toEqual([]);
  });
});

describe('a call that times out', () => {
  let nowMs: number;
  let now: jest.SpyInstance<number>;

  beforeEach(async () => {
    await start();
    await becomes('isReady');
    nowMs = performance.now();
    now = jest.spyOn(performance, 'now').mockImplementation(() => nowMs);
  });

  afterEach(() => now.mockRestore());

  const timeOutAfter = async (ms: number): Promise<void> => {
    const call = (): Promise<never> => {
      nowMs += ms;
      return Promise.reject(Object.assign(new Error('too late'), { code: TIMEOUT }));
    };
    await expect(availability.call(call)).rejects.toMatchObject({ code: TIMEOUT });
  };

  it('makes Inventory unresponsive, until a health check succeeds, if it took 150 ms or more', async () => {
    await timeOutAfter(149);
    expect(availability.isResponsive).toBe(true);
    await timeOutAfter(150);
    expect(availability.isResponsive).toBe(false);
    await becomes('isResponsive');
  });

  it('counts as a failure if it took 250 ms or more', async () => {
    for (let count = 0; count < 5; count += 1) await timeOutAfter(249);
    expect(availability.isUnavailable).toBe(false);
    for (let count = 0; count < 3; count += 1) await timeOutAfter(250);
    expect(availability.isUnavailable).toBe(true);
  });
});
