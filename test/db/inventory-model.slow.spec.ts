import * as fc from 'fast-check';
import { type InProcessInventories, startInProcessInventories } from './in-process-inventories';
import { checkAgainstModel, type PropertyStep, steps } from './inventory-property';

const RUNS = 100;

let pair: InProcessInventories;

beforeAll(async () => {
  pair = await startInProcessInventories();
});

afterAll(() => pair.close());

it(`agrees with the model in ${RUNS} random runs`, async () => {
  const seed = Number(process.env.QUICKBITE_SEED ?? Date.now() % 2 ** 31);
  console.log(`QUICKBITE_SEED=${seed} repeats these runs.`);
  const client = await pair.database.connect();
  const property = fc.asyncProperty(steps, (plan: PropertyStep[]) =>
    checkAgainstModel(pair, client, plan),
  );
  await fc.assert(property, { seed, numRuns: RUNS });
}, 120_000);
