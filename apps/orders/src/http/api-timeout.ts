import { ApiHeader } from '@nestjs/swagger';
import { MAX_REQUEST_TIMEOUT_MS } from './request-timeout';

/** Documents the header by which a client says how long it waits. */
export const ApiTimeoutHeader = (): MethodDecorator =>
  ApiHeader({
    name: 'Request-Timeout-Ms',
    description:
      'How long you wait for the response, in milliseconds. In a burst of requests this one may wait ' +
      'for its turn as long as that (2 s without this header). Orders waits no longer than what is ' +
      'left of it for Inventory, and never longer than it is configured to (400 ms by default).',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: MAX_REQUEST_TIMEOUT_MS },
  });
