import { Test, type TestingModule } from '@nestjs/testing';
import { ApiKeyRepository, type ApiKeySettings, type CreatedApiKey } from '@app/access';
import { PostgresModule } from '@app/postgres';
import type { Principal } from '../../apps/orders/src/access/principal';
import { ApiKeyCache } from '../../apps/orders/src/api-keys/api-key-cache.service';
import { ApiKeysModule } from '../../apps/orders/src/api-keys/api-keys.module';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { silentLogger } from '../harness/silent-logger';

/** A database of Orders, and instances that authenticate API keys. */
export class ApiKeyInstances {
  private instances: TestingModule[] = [];

  private constructor(readonly database: TestDatabase) {}

  static async create(): Promise<ApiKeyInstances> {
    return new ApiKeyInstances(await cloneDatabase('orders'));
  }

  /** Starts an instance of Orders as far as it authenticates API keys. */
  async start(): Promise<TestingModule> {
    const { url } = this.database;
    const settings = { url, applicationName: 'test', poolSize: 4, timeoutMs: 5_000 };
    const instance = await Test.createTestingModule({
      imports: [
        PostgresModule.forApp({ ...settings, migrateOnStart: false }, ordersSchema),
        ApiKeysModule,
      ],
    })
      .setLogger(silentLogger)
      .compile();
    await instance.init();
    this.instances.push(instance);
    return instance;
  }

  /** Stops everything and drops the database. */
  async close(): Promise<void> {
    await Promise.all(this.instances.splice(0).map((instance) => instance.close()));
    await this.database.drop();
  }
}

const SETTINGS: ApiKeySettings = {
  name: 'terminal',
  subject: 'warehouse',
  scopes: ['staff'],
  expiresAt: null,
};

export const createKey = (
  instance: TestingModule,
  settings: Partial<ApiKeySettings> = {},
): Promise<CreatedApiKey> => instance.get(ApiKeyRepository).create({ ...SETTINGS, ...settings });

export const authenticate = (
  instance: TestingModule,
  text: string,
): Promise<Principal | undefined> => instance.get(ApiKeyCache).authenticate(text);
