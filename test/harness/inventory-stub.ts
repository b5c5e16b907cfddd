import {
  loadPackageDefinition,
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
} from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import { INVENTORY_PROTO, loadProto } from '@app/contracts';

type Method =
  | 'batchCreateReservations'
  | 'releaseReservation'
  | 'reduceReservation'
  | 'commitReservation'
  | 'getStock';

/** A received call. */
export interface StubCall {
  readonly method: Method;
  /** The reservation ids of the call, in its order. */
  readonly ids: readonly string[];
  /** The lines of a reduction. */
  readonly lines: readonly object[];
  /** The deadline of the caller; Infinity without one. */
  readonly deadlineMs: number;
}

/** Returns the answer to a call. A promise that never resolves is an Inventory that hangs. */
type Behavior = (call: StubCall) => object | Promise<object>;

interface Request {
  readonly reservationId?: string;
  readonly lines?: readonly object[];
  readonly requests?: readonly { readonly reservationId: string }[];
}

export const reservation = (id: string, state: string, rest: object = {}): object => ({
  reservationId: id,
  state: `RESERVATION_STATE_${state}`,
  ...rest,
});

/** Answers like an Inventory with enough stock. */
const succeed: Behavior = ({ method, ids, lines }) => {
  const [id = ''] = ids;
  if (method === 'reduceReservation') return { reservation: reservation(id, 'HELD', { lines }) };
  if (method === 'releaseReservation') return { reservation: reservation(id, 'RELEASED') };
  if (method === 'commitReservation') return { reservation: reservation(id, 'COMMITTED') };
  if (method === 'getStock') return { levels: [] };
  return { results: ids.map((each) => ({ reservation: reservation(each, 'HELD') })) };
};

export const never = new Promise<never>(() => undefined);

/** A server with Inventory's protocol whose behavior a test chooses. */
export class InventoryStub {
  readonly calls: StubCall[] = [];
  healthChecks = 0;
  private behavior: Behavior = succeed;
  private health: 'SERVING' | 'NOT_SERVING' | 'silent' = 'SERVING';
  private server = new Server();
  private port = 0;

  static async start(): Promise<InventoryStub> {
    const stub = new InventoryStub();
    stub.port = await stub.listen();
    return stub;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Changes how later calls are answered. */
  behave(behavior: Behavior): void {
    this.behavior = behavior;
  }

  /** Answers neither calls nor health checks from now on. */
  hang(): void {
    this.behavior = () => never;
    this.health = 'silent';
  }

  /** Reports NOT_SERVING, as Inventory does while its database is unavailable. */
  cannotServe(): void {
    this.behavior = succeed;
    this.health = 'NOT_SERVING';
  }

  recover(): void {
    this.behavior = succeed;
    this.health = 'SERVING';
  }

  /** Stops listening. */
  stop(): void {
    this.server.forceShutdown();
  }

  async listenAgain(): Promise<void> {
    this.server = new Server();
    await this.listen();
  }

  private listen(): Promise<number> {
    const { inventory } = loadPackageDefinition(loadProto(INVENTORY_PROTO)) as unknown as {
      inventory: { v1: { InventoryService: { service: ServiceDefinition } } };
    };
    this.server.addService(inventory.v1.InventoryService.service, {
      batchCreateReservations: this.handler('batchCreateReservations'),
      reduceReservation: this.handler('reduceReservation'),
      releaseReservation: this.handler('releaseReservation'),
      commitReservation: this.handler('commitReservation'),
      getStock: this.handler('getStock'),
    });
    this.server.addService(healthService, {
      check: (_call: unknown, done: sendUnaryData<{ status: string }>) => {
        this.healthChecks += 1;
        if (this.health !== 'silent') done(null, { status: this.health });
      },
    });
    return new Promise((resolve, reject) => {
      const done = (error: Error | null, port: number) => (error ? reject(error) : resolve(port));
      this.server.bindAsync(this.address, ServerCredentials.createInsecure(), done);
    });
  }

  private handler(method: Method) {
    return (wire: ServerUnaryCall<Request, object>, done: sendUnaryData<object>): void => {
      const { reservationId = '', requests, lines = [] } = wire.request;
      const ids = requests?.map((each) => each.reservationId) ?? [reservationId];
      const call = { method, ids, lines, deadlineMs: Number(wire.getDeadline()) };
      this.calls.push(call);
      void this.answer(call, done);
    };
  }

  private async answer(call: StubCall, done: sendUnaryData<object>): Promise<void> {
    try {
      done(null, await this.behavior(call));
    } catch (error) {
      done(error as Error);
    }
  }
}
