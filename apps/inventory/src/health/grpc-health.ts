import type { Server, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';

interface HealthWatchCall {
  on(event: 'close', listener: () => void): void;
  end(): void;
}

type Watch = (call: HealthWatchCall) => void;

/**
 * The gRPC health service. Its Watch calls can be ended: they have no end of their own, and a graceful
 * shutdown waits for the end of every call.
 */
export class GrpcHealth extends HealthImplementation {
  private readonly watchCalls = new Set<HealthWatchCall>();

  override addToServer(server: Server): void {
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
      watch(call);
    };
  }
}
