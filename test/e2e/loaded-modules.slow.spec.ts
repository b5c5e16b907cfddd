import { join } from 'node:path';
import { emptyDatabase, type TestDatabase } from '../harness/databases';
import { type ServiceProcess } from '../harness/service-process';
import { newInventory, newOrders } from '../harness/services';

const NO_INVENTORY = '127.0.0.1:1';
const SWAGGER = expect.stringMatching(/node_modules[\\/]@nestjs[\\/]swagger[\\/]/) as string;
const options = { nodeArguments: ['--require', join(__dirname, '../harness/report-modules.cjs')] };

let database: TestDatabase;

beforeEach(async () => {
  database = await emptyDatabase();
});

afterEach(() => database.drop());

const loadedModules = async (service: ServiceProcess): Promise<string[]> => {
  await service.start();
  try {
    return await new Promise<string[]>((resolve) => {
      service.onMessage((files) => resolve(files as string[]));
      service.send({});
    });
  } finally {
    await service.stop();
  }
};

it('Inventory shares DTOs with Orders and loads no Swagger for them', async () => {
  const modules = await loadedModules(await newInventory(database, {}, options));
  expect(modules.length).toBeGreaterThan(500);
  expect(modules).not.toContainEqual(SWAGGER);
});

it('Orders loads Swagger', async () => {
  const orders = await newOrders(database, NO_INVENTORY, {}, options);
  expect(await loadedModules(orders)).toContainEqual(SWAGGER);
});
