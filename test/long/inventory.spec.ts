import {
  buyersOfOneUnit,
  type InventoryProcesses,
  randomBaskets,
  startInventoryProcesses,
} from '../harness/inventory-workloads';
import { killUnderLoad } from '../harness/kills-under-load';

const ROUNDS = 100;
const BASKETS = 10_000;
const KILLS = 100;
const PATIENCE_MS = 600_000;

let both: InventoryProcesses;

beforeAll(async () => {
  both = await startInventoryProcesses();
});

/** Dropping the database looks for whatever its ledger does not explain. */
afterAll(() => both.stop());

it(
  `1,000 buyers of one unit at two processes, ${ROUNDS} times: exactly one holds it`,
  async () => {
    const winners: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1)
      winners.push(await buyersOfOneUnit(both, round));
    expect(winners).toEqual(winners.map(() => 1));
  },
  PATIENCE_MS,
);

it(
  `${BASKETS} random baskets with overlapping SKUs at two processes: no caller sees an error`,
  async () => {
    const startedMs = performance.now();
    const { errors, held } = await randomBaskets(both, BASKETS);
    const seconds = (performance.now() - startedMs) / 1_000;
    console.log(`${BASKETS} baskets in ${seconds.toFixed(1)} s, ${held} of them held`);
    expect(errors).toEqual([]);
  },
  PATIENCE_MS,
);

it(
  `kill -9 under load, ${KILLS} times: all that was answered is there, and nothing else`,
  async () => {
    const report = await killUnderLoad(both, KILLS);
    const { kills, answered, unanswered, broken } = report;
    console.log(`${kills} kills: ${answered} calls answered, ${unanswered} not`);
    expect(broken).toEqual([]);
    expect(answered).toBeGreaterThan(20 * KILLS);
    expect(unanswered).toBeGreaterThan(KILLS);
  },
  PATIENCE_MS,
);
