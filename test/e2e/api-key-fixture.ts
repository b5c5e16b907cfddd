import type { Answer } from '../harness/orders-client';
import { CliProcess, type CliResult } from '../harness/cli-process';
import { ServiceCluster } from '../harness/service-cluster';

export interface ApiKeyBody {
  readonly id: string;
  readonly prefix: string;
  readonly subject: string;
  readonly revokedAt: string | null;
  readonly lastUsedAt: string | null;
  /** Only in the response to its creation. */
  readonly key: string;
  readonly reason?: string;
}

export interface AuditBody {
  readonly entries: readonly {
    readonly position: number;
    readonly actorKind: string;
    readonly actor: string;
    readonly keyId: string | null;
    readonly action: string;
    readonly target: string | null;
    readonly requestId: string | null;
    readonly client: string | null;
    readonly outcome: string | null;
  }[];
  readonly nextCursor: string | null;
}

/** Two instances of Orders that require authentication, and the key of an administrator. */
export class ProtectedCluster {
  private constructor(
    readonly cluster: ServiceCluster,
    readonly created: CliResult,
    readonly adminKey: string,
  ) {}

  static async start(): Promise<ProtectedCluster> {
    const cluster = await ServiceCluster.start({
      orders: 2,
      env: {
        ORDERS_AUTHENTICATION: 'required',
        ORDERS_INVENTORY_TIMEOUT_MS: '5000',
        LOG_LEVEL: 'debug',
      },
    });
    const create = ['keys', 'create', '--name', 'first', '--subject', 'ada', '--scope', 'admin'];
    const created = await cliOf(cluster, create);
    return new ProtectedCluster(cluster, created, created.stdout.trim());
  }

  /** Runs a command with access to the database of Orders only. */
  cli(...args: readonly string[]): Promise<CliResult> {
    return cliOf(this.cluster, args);
  }

  /** Sends a request with a key to one of the instances. */
  send<Body = ApiKeyBody>(
    key: string,
    method: string,
    path: string,
    { body, instance = 0, headers = {} }: RequestParts = {},
  ): Promise<Answer<Body>> {
    const orders = this.cluster.ordersInstances[instance] ?? this.cluster.orders;
    return orders.client.send<Body>(path, {
      method,
      headers: {
        Authorization: `Bearer ${key}`,
        ...(body && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
    });
  }

  /** Creates a key by the administrator. */
  async createKey(settings: object = {}): Promise<ApiKeyBody> {
    const { status, body } = await this.send(this.adminKey, 'POST', '/v1/api-keys', {
      body: { name: 'terminal', subject: 'warehouse', scopes: ['staff'], ...settings },
    });
    expect(status).toBe(201);
    return body;
  }

  async audit(query: string): Promise<AuditBody> {
    const path = `/v1/audit?${query}`;
    const { status, body } = await this.send<AuditBody>(this.adminKey, 'GET', path);
    expect(status).toBe(200);
    return body;
  }

  /** Every row of every table of Orders, as text. */
  async tables(): Promise<string> {
    const { ordersDatabase } = this.cluster;
    const names = await ordersDatabase.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public'`,
    );
    const texts = await Promise.all(
      names.map(({ name }) =>
        ordersDatabase.query<{ text: string }>(`select to_jsonb(t)::text as text from ${name} t`),
      ),
    );
    return texts.flatMap((rows) => rows.map(({ text }) => text)).join('\n');
  }
}

interface RequestParts {
  readonly body?: object;
  /** Which of the instances; the first by default. */
  readonly instance?: number;
  readonly headers?: Record<string, string>;
}

const cliOf = (cluster: ServiceCluster, args: readonly string[]): Promise<CliResult> =>
  new CliProcess(args, { env: { ORDERS_DATABASE_URL: cluster.ordersDatabase.url } }).ended();
