import { givenStock } from '../harness/stock';
import { times } from '../harness/wait';
import { type InventoryInstance, one, startInProcessInventories } from './in-process-inventories';

it('a snapshot has no differences while two instances write', async () => {
  const pair = await startInProcessInventories();
  const { database } = pair;
  await givenStock(database, 'a', 1_000_000);
  await givenStock(database, 'b', 1_000_000);
  let verifying = true;
  let decided = 0;
  const work = async ({ reservations }: InventoryInstance, worker: number) => {
    for (let round = 0; verifying; round += 1) {
      const id = `${worker}-${round}`;
      await reservations.create(id, [...one('a'), ...one('b', 2)]);
      if (round % 3 === 0) await reservations.commit(id);
      if (round % 3 === 1) await reservations.release(id);
      decided += 1;
    }
  };
  const workers = Promise.all(times(8, (index) => work(index % 2 ? pair.here : pair.there, index)));
  const found: string[] = [];
  let meanwhile = 0;
  try {
    while (meanwhile < 20) {
      const before = decided;
      found.push(...(await database.differences()));
      if (decided > before) meanwhile += 1;
    }
  } finally {
    verifying = false;
    await workers;
    await pair.close();
  }
  expect(found).toEqual([]);
});
