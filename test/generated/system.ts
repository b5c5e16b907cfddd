import {
  newSigningKey,
  signedToken,
  forgedToken,
  validClaims,
  IdentityProvider,
} from '../harness/identity-provider';
import { ServiceCluster } from '../harness/service-cluster';
import { WebhookReceiver } from '../harness/webhook-receiver';
import { TlsFixture } from '../e2e/tls-fixture';
import type { HttpCaller } from './http-checks';
import { KnownObjects } from './known-objects';
import { CUSTOMERS } from './schema-values';

/** Longer than any run. */
const TOKEN_SECONDS = 86_400;
const MAX_LOG_LENGTH = 50_000_000;

const STOCK = 'burger=1000000000,pizza=1000000,fries=500,cola=5,empty=0';

/** 0 removes a limit, which would hide all other answers. */
const NO_LIMITS = {
  ORDERS_LIMIT_WRITES: '0',
  ORDERS_LIMIT_READS: '0',
  ORDERS_LIMIT_STREAMS: '0',
  ORDERS_LIMIT_FAILED_AUTHENTICATION: '0',
};

/** The members of responses that the run needs. An order that is rejected has its id in `orderId`. */
interface Created {
  readonly id?: string;
  readonly orderId?: string;
  readonly key?: string;
}

/** Both services with authentication and mutual TLS, an identity provider and a webhook. */
export class SystemUnderTest {
  readonly known = new KnownObjects();
  /** Tokens and keys, none of which an answer may contain. */
  readonly secrets: string[] = [];
  callers: readonly HttpCaller[] = [];

  private constructor(
    readonly cluster: ServiceCluster,
    readonly tls: TlsFixture,
    private readonly provider: IdentityProvider,
    private readonly receiver: WebhookReceiver,
  ) {}

  /** Needs a Postgres: run it in `withPostgres`. */
  static async start(): Promise<SystemUnderTest> {
    const provider = await IdentityProvider.start();
    const receiver = await WebhookReceiver.start();
    receiver.respond = () => {
      // A run delivers more events than this process should keep.
      receiver.events.length = 0;
      return 204;
    };
    const tls = await TlsFixture.create();
    await tls.writeCertificate('stranger', { names: ['stranger.test'], usages: ['client'] });
    await tls.writeCertificate('forged', { names: ['orders.test'] }, tls.otherAuthority);
    const cluster = await ServiceCluster.start({
      env: {
        ...provider.settings,
        ...tls.inventoryEnv,
        ...tls.ordersEnv,
        ...NO_LIMITS,
        LOG_LEVEL: 'warn',
        INVENTORY_SEED_STOCK: STOCK,
        ORDERS_INVENTORY_TIMEOUT_MS: '5000',
        ORDERS_WEBHOOK_ALLOW_PRIVATE: 'true',
      },
      process: { maxLogLength: MAX_LOG_LENGTH },
    });
    const system = new SystemUnderTest(cluster, tls, provider, receiver);
    await system.fill();
    return system;
  }

  async stop(): Promise<void> {
    await this.cluster.stop();
    await this.tls.remove();
    await this.provider.stop();
    await this.receiver.stop();
  }

  /** Returns the ids of both processes. They change where one has been restarted. */
  processIds(): readonly (number | undefined)[] {
    const { orders, inventory } = this.cluster;
    return [orders, inventory].map(({ isRunning, pid }) => (isRunning ? pid : undefined));
  }

  /** Returns the lines that the services have logged as errors. */
  errorLines(): string[] {
    const { orders, inventory } = this.cluster;
    const lines = [orders, inventory].flatMap(({ logs }) => logs.split('\n'));
    return lines.filter((line) => /"level":("(error|fatal)"|[56]0)/.test(line));
  }

  private token(subject: string, scope: string, claims: object = {}): string {
    const exp = Math.floor(Date.now() / 1_000) + TOKEN_SECONDS;
    return this.provider.token(subject, scope, { claims: { exp, ...claims } });
  }

  /** Creates callers, and objects in every state for them to name. */
  private async fill(): Promise<void> {
    const admin = this.token('root', 'admin');
    const keyOf = async (subject: string, scope: string): Promise<string> => {
      const body = { name: 'generated', subject, scopes: [scope] };
      const created = await this.send(admin, 'POST', '/v1/api-keys', body);
      return created.key ?? '';
    };
    const callers = [
      caller('none', '', ''),
      ...this.brokenCallers(),
      caller('customer 1', CUSTOMERS[0], 'customer', this.token(CUSTOMERS[0], 'customer')),
      caller('customer 2', CUSTOMERS[1], 'customer', this.token(CUSTOMERS[1], 'customer')),
      caller('staff', 'ann', 'staff', this.token('ann', 'staff')),
      caller('events', 'feed', 'events', this.token('feed', 'events')),
      caller('admin', 'root', 'admin', admin),
      caller('key of customer 1', CUSTOMERS[0], 'customer', await keyOf(CUSTOMERS[0], 'customer')),
      caller('key of staff', 'warehouse', 'staff', await keyOf('warehouse', 'staff')),
      caller('key of admin', 'root', 'admin', await keyOf('root', 'admin')),
    ];
    this.callers = callers;
    for (const { headers } of callers)
      for (const [, value] of headers) this.secrets.push(value.replace('Bearer ', ''));
    await this.addObjects(admin);
  }

  private brokenCallers(): HttpCaller[] {
    const stranger = newSigningKey('es');
    const claims = validClaims('root', 'admin');
    const header = { alg: 'ES256', kid: 'es', typ: 'JWT' };
    return [
      caller('expired token', '', '', this.token('root', 'admin', { exp: 1 })),
      caller('forged token', '', '', signedToken(header, claims, stranger)),
      caller('unsigned token', '', '', forgedToken({ ...header, alg: 'none' }, claims)),
      caller('unknown key', '', '', `qb_${'x'.repeat(43)}`),
    ];
  }

  private async addObjects(admin: string): Promise<void> {
    const { known, receiver } = this;
    for (let index = 0; index < 20; index += 1) {
      known.add('webhookUrl', `${receiver.url}/${index}`);
      const userId = CUSTOMERS[index % 2];
      const order = { userId, sku: index % 5 === 4 ? 'empty' : 'burger', quantity: 4 };
      const { id, orderId } = await this.send(admin, 'POST', '/v1/orders', order);
      known.add('order', id ?? orderId ?? '');
      known.add('reservation', id ?? orderId ?? '');
      const next = [undefined, 'cancel', 'fulfill'][index % 3];
      if (next && id) await this.send(admin, 'POST', `/v1/orders/${id}/${next}`);
    }
    for (let index = 0; index < 4; index += 1) {
      const hook = { url: `${receiver.url}/${index}`, types: ['order.cancelled'] };
      known.add('webhook', (await this.send(admin, 'POST', '/v1/webhooks', hook)).id ?? '');
      const key = { name: 'spare', subject: 'ann', scopes: ['staff'] };
      known.add('apiKey', (await this.send(admin, 'POST', '/v1/api-keys', key)).id ?? '');
    }
  }

  private async send(token: string, method: string, path: string, body?: object): Promise<Created> {
    const answer = await this.cluster.client.as(token).send<Created>(path, {
      method,
      ...(body && {
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      }),
    });
    return answer.body;
  }
}

const caller = (name: string, subject: string, scope: string, token?: string): HttpCaller => ({
  name,
  subject,
  headers: token === undefined ? [] : [['Authorization', `Bearer ${token}`]],
  scopes: scope === '' ? [] : [scope],
});
