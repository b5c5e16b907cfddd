import {
  type Client,
  connectivityState,
  credentials,
  makeGenericClientConstructor,
  type ServiceError as GrpcError,
  status,
} from '@grpc/grpc-js';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { ClientGrpc } from '@nestjs/microservices';
import { CircuitState, circuitBreaker, ConsecutiveBreaker, handleType } from 'cockatiel';
import { service as healthService } from 'grpc-health-check';
import { INVENTORY_PACKAGE, INVENTORY_SERVICE } from '@app/contracts';
import { OutageLog } from '@app/runtime';

export const INVENTORY_GRPC = Symbol('INVENTORY_GRPC');

/** So many calls in a row without an answer, and Inventory is known to be away. */
const OPEN_AFTER_FAILURES = 3;
/** A call that was given less time than this says nothing about Inventory by being late. */
const MIN_CONCLUSIVE_MS = 250;
/** Shorter than the interval of the health checks, so that each of them goes through the open circuit. */
const HALF_OPEN_AFTER_MS = 50;
const HEALTH_CHECK_TIMEOUT_MS = 300;

interface HealthClient extends Client {
  check(
    request: { service: string },
    options: { deadline: Date },
    done: (error: GrpcError | null, reply?: { status: string }) => void,
  ): void;
}
const HealthClient = makeGenericClientConstructor(healthService, 'Health') as unknown as new (
  ...parameters: ConstructorParameters<typeof Client>
) => HealthClient;

/** Wraps the error of a call that got no answer, though there was time for one. */
class NoResponseError extends Error {}

const isNoResponse = (error: unknown, tookMs: number): boolean => {
  const { code } = Object(error) as { code?: status };
  return (
    code === status.UNAVAILABLE ||
    (code === status.DEADLINE_EXCEEDED && tookMs >= MIN_CONCLUSIVE_MS)
  );
};

/** Ended on our side: that says nothing about Inventory. */
const isLocalFailure = (error: unknown): boolean => {
  const { code } = Object(error) as { code?: status };
  return code === status.DEADLINE_EXCEEDED || code === status.CANCELLED;
};

/** An error that Inventory gives is as good a sign of it as a result. */
type Response<Result> = { readonly result: Result } | { readonly error: unknown };

/** Thrown instead of making a call while Inventory is known to be away. */
export class InventoryUnavailableError extends Error {}

/**
 * Knows whether Inventory answers. While it does not, nobody is made to wait for it: calls fail at
 * once, and only this asks it, by its health check, whether it is back.
 */
@Injectable()
export class InventoryAvailability implements OnModuleInit {
  private readonly outageLog = new OutageLog('Inventory');
  private readonly breaker = circuitBreaker(handleType(NoResponseError), {
    breaker: new ConsecutiveBreaker(OPEN_AFTER_FAILURES),
    halfOpenAfter: HALF_OPEN_AFTER_MS,
  });
  private readonly channel: ReturnType<Client['getChannel']>;
  private readonly health: HealthClient;

  constructor(@Inject(INVENTORY_GRPC) grpc: ClientGrpc) {
    const client = grpc.getClientByServiceName<Client>(INVENTORY_SERVICE);
    this.channel = client.getChannel();
    const insecure = credentials.createInsecure();
    this.health = new HealthClient('', insecure, { channelOverride: this.channel });
  }

  /** Connects ahead of the first call, which would pay 100 ms for it; does not wait for success. */
  onModuleInit(): void {
    this.channel.getConnectivityState(true);
  }

  /** Whether there is a connection, and an answer to what is asked on it. */
  get isAvailable(): boolean {
    return this.isClosed && this.channel.getConnectivityState(true) === connectivityState.READY;
  }

  /** Whether a call would be in vain. Not sure of it while a connection is still being made. */
  get isUnavailable(): boolean {
    const state = this.channel.getConnectivityState(true);
    return !this.isClosed || state === connectivityState.TRANSIENT_FAILURE;
  }

  /** Makes a call to Inventory, and learns from it. Throws InventoryAway instead of a vain one. */
  async call<Result>(make: () => Promise<Result>): Promise<Result> {
    if (this.isUnavailable) throw new InventoryUnavailableError();
    try {
      const answered = await this.breaker.execute(() => this.classify(make));
      this.outageLog.recordUp();
      if ('error' in answered) throw answered.error;
      return answered.result;
    } catch (error) {
      throw error instanceof NoResponseError ? error.cause : error;
    }
  }

  /** Asks for Inventory's health while the circuit is open, and closes it on the answer SERVING. */
  async probe(): Promise<void> {
    if (!this.isClosed) await this.breaker.execute(() => this.checkHealth()).catch(() => undefined);
  }

  private async classify<Result>(make: () => Promise<Result>): Promise<Response<Result>> {
    const startedMs = performance.now();
    try {
      return { result: await make() };
    } catch (error) {
      if (!isNoResponse(error, performance.now() - startedMs)) {
        if (isLocalFailure(error)) throw error;
        return { error };
      }
      const { message } = error as Error;
      this.outageLog.recordDown(message);
      throw new NoResponseError(message, { cause: error });
    }
  }

  private get isClosed(): boolean {
    return this.breaker.state === CircuitState.Closed;
  }

  private checkHealth(): Promise<void> {
    const service = `${INVENTORY_PACKAGE}.${INVENTORY_SERVICE}`;
    const deadline = new Date(Date.now() + HEALTH_CHECK_TIMEOUT_MS);
    return new Promise((resolve, reject) => {
      this.health.check({ service }, { deadline }, (error, reply) => {
        if (reply?.status === 'SERVING') resolve();
        else reject(new NoResponseError(error?.message ?? 'not serving'));
      });
    });
  }
}
