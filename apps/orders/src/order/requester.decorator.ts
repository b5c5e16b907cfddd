import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Request } from 'express';
import { principalOf } from '../access/principal.decorator';
import { type Requester, requesterOf } from './requester';

/** Injects who requests something of an order. */
export const RequestedBy = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Requester =>
    requesterOf(principalOf(context.switchToHttp().getRequest<Request>())),
);
