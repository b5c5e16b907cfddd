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

/** Consecutive failures that open the circuit. */
const OPEN_AFTER_FAILURES = 3;
/** A call that had less time than this does not count as a failure when it times out. */
const MIN_CONCLUSIVE_MS = 250;
/** A call that timed out after this time or more makes the next probe check Inventory's health. */
const MIN_SUSPICIOUS_MS = 150;
/** Shorter than the interval between probes, so that each of them passes the open circuit. */
const HALF_OPEN_AFTER_MS = 50;
const HEALTH_CHECK_TIMEOUT_MS = 300;

/** Precedes the cause in the texts of grpc-js, once for each of its layers. */
const LAST_ERROR = 'Last error: ';

/** Returns why the last attempt to connect failed, unless the server only did not listen. */
const connectionFault = (details: string): string | undefined => {
  if (!details.includes(LAST_ERROR) || details.includes('ECONNREFUSED')) return undefined;
  const cause = details.split(LAST_ERROR).at(-1) ?? '';
  return cause.replace(/^Error: /, '').replace(/\.?( Resolution note:.*)?$/s, '');
};

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

/** Wraps the error of a call or a health check that counts as a failure. */
class NoResponseError extends Error {}

const codeOf = (error: unknown): status | undefined => (Object(error) as { code?: status }).code;

const isNoResponse = (error: unknown, tookMs: number): boolean => {
  const code = codeOf(error);
  return (
    code === status.UNAVAILABLE ||
    (code === status.DEADLINE_EXCEEDED && tookMs >= MIN_CONCLUSIVE_MS)
  );
};

/** Whether the call ended on this side, which says nothing about Inventory. */
const isLocalFailure = (error: unknown): boolean => {
  const code = codeOf(error);
  return code === status.DEADLINE_EXCEEDED || code === status.CANCELLED;
};

/** An error that Inventory returned is a response, as a result is. */
type Response<Result> = { readonly result: Result } | { readonly error: unknown };

/** Thrown instead of making a call while Inventory is unavailable. */
export class InventoryUnavailableError extends Error {}

/**
 * The one detector of an unavailable Inventory, by calls that fail, health checks, and the state of the
 * connection. While Inventory is unavailable, calls fail at once, so no customer waits for them, and
 * only the health check tests whether Inventory is back (ADR 11).
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
  private isSuspected = false;
  private lastFailure = '';

  constructor(@Inject(INVENTORY_GRPC) grpc: ClientGrpc) {
    const client = grpc.getClientByServiceName<Client>(INVENTORY_SERVICE);
    this.channel = client.getChannel();
    // The channel has its own credentials.
    const unused = credentials.createInsecure();
    this.health = new HealthClient('', unused, { channelOverride: this.channel });
  }

  /** Starts to connect, which would cost the first call 100 ms. Does not wait for the connection. */
  onModuleInit(): void {
    this.channel.getConnectivityState(true);
  }

  /** Whether Inventory is connected and the circuit is closed. */
  get isReady(): boolean {
    return this.isClosed && this.channel.getConnectivityState(true) === connectivityState.READY;
  }

  /** Whether the circuit is open or the last connection attempt failed. False during the first attempt. */
  get isUnavailable(): boolean {
    const state = this.channel.getConnectivityState(true);
    return !this.isClosed || state === connectivityState.TRANSIENT_FAILURE;
  }

  /** False while Inventory is unavailable, and from a late call until a health check succeeds. */
  get isResponsive(): boolean {
    return !this.isSuspected && !this.isUnavailable;
  }

  /** Makes a call and learns from its result. Throws InventoryUnavailableError instead of a futile call. */
  async call<Result>(make: () => Promise<Result>): Promise<Result> {
    if (this.isUnavailable) throw new InventoryUnavailableError();
    try {
      const response = await this.breaker.execute(() => this.classify(make));
      this.isSuspected = false;
      if ('error' in response) throw response.error;
      return response.result;
    } catch (error) {
      throw error instanceof NoResponseError ? error.cause : error;
    }
  }

  /**
   * Checks Inventory's health while the circuit is open or a call was late, and logs the loss and the
   * return of Inventory. SERVING closes the circuit; a failed check counts as a failed call.
   */
  async probe(): Promise<void> {
    await this.logOutage();
    if (!this.isClosed) await this.breaker.execute(() => this.checkHealth()).catch(() => undefined);
    else if (this.isSuspected) await this.checkSuspicion();
    await this.logOutage();
  }

  private async classify<Result>(make: () => Promise<Result>): Promise<Response<Result>> {
    const startedMs = performance.now();
    try {
      return { result: await make() };
    } catch (error) {
      const tookMs = performance.now() - startedMs;
      if (isNoResponse(error, tookMs)) throw this.failure((error as Error).message, error);
      if (!isLocalFailure(error)) return { error };
      if (codeOf(error) === status.DEADLINE_EXCEEDED && tookMs >= MIN_SUSPICIOUS_MS)
        this.isSuspected = true;
      throw error;
    }
  }

  /**
   * Runs outside the circuit breaker: a successful health check must not reset the count of failed calls,
   * because Inventory may pass its health check while calls still fail.
   */
  private async checkSuspicion(): Promise<void> {
    try {
      await this.checkHealth();
    } catch (error) {
      await this.breaker.execute(() => Promise.reject(error as Error)).catch(() => undefined);
    }
  }

  private checkHealth(): Promise<void> {
    const service = `${INVENTORY_PACKAGE}.${INVENTORY_SERVICE}`;
    const deadline = new Date(Date.now() + HEALTH_CHECK_TIMEOUT_MS);
    return new Promise((resolve, reject) => {
      this.health.check({ service }, { deadline }, (error, reply) => {
        if (reply?.status === 'SERVING') {
          this.isSuspected = false;
          resolve();
        } else
          reject(this.failure(error?.message ?? 'its health check returns NOT_SERVING', error));
      });
    });
  }

  private failure(message: string, cause: unknown): NoResponseError {
    this.isSuspected = true;
    this.lastFailure = message;
    return new NoResponseError(message, { cause });
  }

  private async logOutage(): Promise<void> {
    if (this.isReady) this.outageLog.recordUp();
    else if (this.outageLog.isDown) return;
    else if (!this.isClosed) this.outageLog.recordDown(this.lastFailure);
    else if (this.isUnavailable) this.outageLog.recordDown(await this.whyNoConnection());
  }

  /** Without a connection a call fails at once. Its error has the cause, such as a wrong certificate. */
  private whyNoConnection(): Promise<string> {
    const deadline = new Date(Date.now() + HEALTH_CHECK_TIMEOUT_MS);
    return new Promise((resolve) => {
      this.health.check({ service: '' }, { deadline }, (error) => {
        const cause = connectionFault(error?.details ?? '');
        resolve(cause ? `no connection: ${cause}` : 'no connection');
      });
    });
  }

  private get isClosed(): boolean {
    return this.breaker.state === CircuitState.Closed;
  }
}
