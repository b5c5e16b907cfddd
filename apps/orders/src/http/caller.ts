import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import type { CancellationSignal } from '@app/batching';

/** Aborted when the client has closed its connection. */
class CallerSignal implements CancellationSignal {
  constructor(private readonly request: Request) {}

  get aborted(): boolean {
    return this.request.socket.destroyed;
  }
}

/** Injects the signal of the client that waits for the response. */
export const Caller = createParamDecorator(
  (_data: unknown, context: ExecutionContext): CancellationSignal =>
    new CallerSignal(context.switchToHttp().getRequest<Request>()),
);
