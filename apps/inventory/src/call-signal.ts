import type { ServerUnaryCall } from '@grpc/grpc-js';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { CancellationSignal } from '@app/batching';
import type { InventoryService } from '@app/contracts';

type CallState = Pick<ServerUnaryCall<unknown, unknown>, 'cancelled' | 'getDeadline'>;

/** Handlers that receive, besides the request, the signal of its cancellation, and perhaps more. */
export type CancellableCalls<Method extends keyof InventoryService> = {
  [Each in Method]: InventoryService[Each] extends (request: infer Request) => infer Reply
    ? (request: Request, signal: CancellationSignal, ...injected: never[]) => Reply
    : never;
};

/**
 * Aborted when the client has cancelled the call or its deadline has passed. Compares the deadline
 * with the clock as well, because the timer by which gRPC cancels a call fires late in a process
 * that is busy or was frozen.
 */
export class CallSignal implements CancellationSignal {
  constructor(private readonly call: CallState) {}

  get aborted(): boolean {
    return this.call.cancelled || Date.now() >= Number(this.call.getDeadline());
  }
}

/** Injects the call's signal. Nest keeps a handler running after its client has cancelled. */
export const Signal = createParamDecorator(
  (_data: unknown, context: ExecutionContext): CancellationSignal =>
    new CallSignal(context.getArgByIndex<CallState>(2)),
);
