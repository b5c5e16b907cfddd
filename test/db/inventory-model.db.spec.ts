import * as fc from 'fast-check';
import { type InventoryPair, startInventoryPair } from './inventory-pair';
import { followsTheModel, type Step, steps } from './inventory-property';

const RUNS = 100;

let pair: InventoryPair;

beforeAll(async () => {
  pair = await startInventoryPair();
});

afterAll(() => pair.close());

it(`does what the model does, in ${RUNS} random runs`, async () => {
  const seed = Number(process.env.QUICKBITE_SEED ?? Date.now() % 2 ** 31);
  console.log(`QUICKBITE_SEED=${seed} repeats these runs.`);
  const client = await pair.database.connect();
  const property = fc.asyncProperty(steps, (plan: Step[]) => followsTheModel(pair, client, plan));
  await fc.assert(property, { seed, numRuns: RUNS });
}, 120_000);
