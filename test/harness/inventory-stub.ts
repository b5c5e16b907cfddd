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

type Method = 'batchCreateReservations' | 'releaseReservation' | 'commitReservation';

/** A call as it came over the wire. */
export interface StubCall {
  readonly method: Method;
  /** The ids of the reservations that it is about, in its order. */
  readonly ids: readonly string[];
  /** When its caller gives up. Infinity: never. */
  readonly deadlineMs: number;
}

/** Gives the answer to a call. One that never resolves is an Inventory that hangs. */
type Behaviour = (call: StubCall) => object | Promise<object>;

interface Request {
  readonly reservationId?: string;
  readonly requests?: readonly { readonly reservationId: string }[];
}

export const reservation = (id: string, state: string, rest: object = {}): object => ({
  reservationId: id,
  state: `RESERVATION_STATE_${state}`,
  ...rest,
});

/** As Inventory answers while all goes well. */
const allWell: Behaviour = ({ method, ids }) => {
  const [id = ''] = ids;
  if (method === 'releaseReservation') return { reservation: reservation(id, 'RELEASED') };
  if (method === 'commitReservation') return { reservation: reservation(id, 'COMMITTED') };
  return { results: ids.map((each) => ({ reservation: reservation(each, 'HELD') })) };
};

export const never = new Promise<never>(() => undefined);

/** A server that speaks Inventory's protocol, and does whatever a test wants of it. */
export class InventoryStub {
  readonly calls: StubCall[] = [];
  healthChecks = 0;
  private behaviour: Behaviour = allWell;
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

  /** From now on it behaves so. */
  behave(behaviour: Behaviour): void {
    this.behaviour = behaviour;
  }

  /** From now on it answers nothing, not even whether it is there. */
  hang(): void {
    this.behaviour = () => never;
    this.health = 'silent';
  }

  /** It is there again, but says that it cannot serve: its database is away. */
  cannotServe(): void {
    this.behaviour = allWell;
    this.health = 'NOT_SERVING';
  }

  recover(): void {
    this.behaviour = allWell;
    this.health = 'SERVING';
  }

  /** Nobody listens at its address any more. */
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
      releaseReservation: this.handler('releaseReservation'),
      commitReservation: this.handler('commitReservation'),
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
      const { reservationId = '', requests } = wire.request;
      const ids = requests?.map((each) => each.reservationId) ?? [reservationId];
      const call = { method, ids, deadlineMs: Number(wire.getDeadline()) };
      this.calls.push(call);
      void this.answer(call, done);
    };
  }

  private async answer(call: StubCall, done: sendUnaryData<object>): Promise<void> {
    try {
      done(null, await this.behaviour(call));
    } catch (error) {
      done(error as Error);
    }
  }
}
