import * as fc from 'fast-check';
import { checkAgainstModel, type PropertyStep, steps } from '../db/inventory-property';
import { type InProcessInventories, startInProcessInventories } from '../db/in-process-inventories';

const MINUTES = Number(process.env.QUICKBITE_LONG_MINUTES ?? 60);
const SLACK_MS = 60_000;

let pair: InProcessInventories;

beforeAll(async () => {
  pair = await startInProcessInventories();
});

afterAll(() => pair.close());

it(
  `agrees with the model for ${MINUTES} minutes of random runs`,
  async () => {
    const seed = Number(process.env.QUICKBITE_SEED ?? Date.now() % 2 ** 31);
    const client = await pair.database.connect();
    let runs = 0;
    const property = fc.asyncProperty(steps, async (plan: PropertyStep[]) => {
      runs += 1;
      await checkAgainstModel(pair, client, plan);
    });
    await fc.assert(property, {
      seed,
      numRuns: Number.MAX_SAFE_INTEGER,
      interruptAfterTimeLimit: MINUTES * 60_000,
    });
    console.log(`${runs} runs; QUICKBITE_SEED=${seed} repeats them.`);
  },
  MINUTES * 60_000 + SLACK_MS,
);
