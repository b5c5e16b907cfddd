import { Test, type TestingModule } from '@nestjs/testing';
import { EventLogModule } from '@app/events';
import { PostgresModule } from '@app/postgres';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import { OrderRepository } from '../../apps/orders/src/order/order.repository';
import { WebhookService } from '../../apps/orders/src/webhooks/webhook.service';
import { WebhooksModule } from '../../apps/orders/src/webhooks/webhooks.module';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { silentLogger } from '../harness/silent-logger';
import { WebhookReceiver } from '../harness/webhook-receiver';

export const HOUR_MS = 3_600_000;

const OPTIONS = {
  allowPrivate: true,
  concurrency: 8,
  connectTimeoutMs: 1_000,
  timeoutMs: 2_000,
  minPauseMs: 50,
  maxPauseMs: 500,
  parkAfterMs: HOUR_MS,
  disableAfterMs: HOUR_MS,
};

/** A database of Orders, instances that deliver its events, and a receiver. */
export class WebhookInstances {
  private instances: TestingModule[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly receiver: WebhookReceiver,
  ) {}

  static async create(): Promise<WebhookInstances> {
    return new WebhookInstances(await cloneDatabase('orders'), await WebhookReceiver.start());
  }

  /** Starts an instance of Orders as far as it writes orders and delivers events. */
  async start(): Promise<TestingModule> {
    const { url } = this.database;
    const settings = { url, applicationName: 'test', poolSize: 4, timeoutMs: 5_000 };
    const instance = await Test.createTestingModule({
      imports: [
        PostgresModule.forApp({ ...settings, migrateOnStart: false }, ordersSchema),
        EventLogModule.with({ retentionMs: HOUR_MS }),
        WebhooksModule.with(OPTIONS),
      ],
      providers: [OrderRepository],
    })
      .setLogger(silentLogger)
      .compile();
    await instance.init();
    this.instances.push(instance);
    return instance;
  }

  /** Stops all instances. */
  async stop(): Promise<void> {
    await Promise.all(this.instances.splice(0).map((instance) => instance.close()));
  }

  /** Creates a webhook of all types at the receiver, or at a path of it. Returns its id. */
  async createWebhook(instance: TestingModule, path = ''): Promise<string> {
    const settings = { url: `${this.receiver.url}${path}`, types: null, description: null };
    return (await instance.get(WebhookService).create(settings)).webhook.id;
  }

  /** How often the cursor of a webhook was taken. */
  async epochOf(id: string): Promise<number> {
    const [cursor] = await this.database.query<{ epoch: string }>(
      'select epoch from event_cursor where name = $1',
      [`webhook/${id}`],
    );
    return Number(cursor?.epoch);
  }

  /** Stops everything and drops the database. */
  async close(): Promise<void> {
    await this.stop();
    await this.receiver.stop();
    await this.database.drop('broken');
  }
}
