import type { ServerUnaryCall } from '@grpc/grpc-js';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { IsAwaited } from '@app/batching';
import type { InventoryService } from '@app/contracts';

type Call = Pick<ServerUnaryCall<unknown, unknown>, 'cancelled' | 'getDeadline'>;

/** Handlers that are told, besides the request, whether their caller still waits. */
export type AwaitedCalls<Method extends keyof InventoryService> = {
  [Each in Method]: InventoryService[Each] extends (request: infer Request) => infer Reply
    ? (request: Request, isAwaited: IsAwaited) => Reply
    : never;
};

/**
 * The deadline is looked at as well, since the timer by which gRPC cancels a call may be late in a
 * process that is busy or was frozen.
 */
export const isAwaitedBy =
  (call: Call): IsAwaited =>
  () =>
    !call.cancelled && Date.now() < Number(call.getDeadline());

/** Whether whoever made the call still waits: a handler runs on when its caller has given up. */
export const Awaited = createParamDecorator(
  (_data: unknown, context: ExecutionContext): IsAwaited =>
    isAwaitedBy(context.getArgByIndex<Call>(2)),
);
