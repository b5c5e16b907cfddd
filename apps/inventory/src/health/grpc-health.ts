import type { Server, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { HealthImplementation, type ServingStatusMap } from 'grpc-health-check';

interface HealthWatchCall {
  readonly request: { readonly service: string };
  on(event: 'close', listener: () => void): void;
  write(reply: { readonly status: 'SERVICE_UNKNOWN' }): void;
  end(): void;
}

type Watch = (call: HealthWatchCall) => void;

/**
 * The gRPC health service. Its Watch calls can be ended: they have no end of their own, and a graceful
 * shutdown waits for the end of every call.
 */
export class GrpcHealth extends HealthImplementation {
  private readonly watchCalls = new Set<HealthWatchCall>();
  private readonly services: ReadonlySet<string>;

  constructor(statuses: ServingStatusMap) {
    super(statuses);
    this.services = new Set(Object.keys(statuses));
  }

  override addToServer(server: Pick<Server, 'addService'>): void {
    const addService = (service: ServiceDefinition, handlers: UntypedServiceImplementation) => {
      const watch = handlers.watch as unknown as Watch;
      server.addService(service, { ...handlers, watch: this.track(watch) as never });
    };
    super.addToServer({ addService });
  }

  /** Ends all open Watch calls. */
  endWatches(): void {
    for (const call of this.watchCalls) call.end();
  }

  private track(watch: Watch): Watch {
    return (call) => {
      this.watchCalls.add(call);
      call.on('close', () => this.watchCalls.delete(call));
      // The base class keeps an entry for every name that was ever watched.
      if (this.services.has(call.request.service)) watch(call);
      else call.write({ status: 'SERVICE_UNKNOWN' });
    };
  }
}
