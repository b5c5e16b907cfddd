import { ApiResponse } from '@nestjs/swagger';
import { problemOf, type Reason, REASONS, ServiceError, wireOf } from '@app/errors';

/** Documents one way in which an endpoint can fail, with the problem that it then answers. */
export const ApiProblem = (
  reason: Reason,
  detail: string,
  facts: Readonly<Record<string, unknown>> = {},
): MethodDecorator =>
  ApiResponse({
    status: wireOf(reason).http,
    description: `${reason}. ${REASONS[reason].meaning}`,
    content: {
      'application/problem+json': {
        schema: { type: 'object' },
        example: problemOf(new ServiceError(reason, detail, { facts }), '/v1/orders'),
      },
    },
  });
