import {
  buyersOfOneUnit,
  randomBaskets,
  startTwoInventories,
} from '../harness/inventory-workloads';
import { killUnderLoad } from '../harness/kills-under-load';
import type { ServiceCluster } from '../harness/service-cluster';

const ROUNDS = 100;
const BASKETS = 10_000;
const KILLS = 100;
const TIMEOUT_MS = 600_000;

let cluster: ServiceCluster;

beforeAll(async () => {
  cluster = await startTwoInventories();
});

/** Stopping the cluster verifies the ledger. */
afterAll(() => cluster.stop());

it(
  `1,000 buyers of one unit at two processes, ${ROUNDS} times: exactly one holds it`,
  async () => {
    const winners: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1)
      winners.push(await buyersOfOneUnit(cluster, round));
    expect(winners).toEqual(winners.map(() => 1));
  },
  TIMEOUT_MS,
);

it(
  `${BASKETS} random baskets with overlapping SKUs at two processes: no caller sees an error`,
  async () => {
    const startedMs = performance.now();
    const { errors, held } = await randomBaskets(cluster, BASKETS);
    const seconds = (performance.now() - startedMs) / 1_000;
    console.log(`${BASKETS} baskets in ${seconds.toFixed(1)} s, ${held} of them held`);
    expect(errors).toEqual([]);
  },
  TIMEOUT_MS,
);

it(
  `kill -9 under load, ${KILLS} times: the database has every answered call and no other`,
  async () => {
    const report = await killUnderLoad(cluster, KILLS);
    const { kills, answered, unanswered, contradictions } = report;
    console.log(`${kills} kills: ${answered} calls answered, ${unanswered} not`);
    expect(contradictions).toEqual([]);
    expect(answered).toBeGreaterThan(20 * KILLS);
    expect(unanswered).toBeGreaterThan(KILLS);
  },
  TIMEOUT_MS,
);
