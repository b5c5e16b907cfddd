import { ApiHeader } from '@nestjs/swagger';

/** Documents the header by which a caller says how long it waits. */
export const ApiTimeoutHeader = (): MethodDecorator =>
  ApiHeader({
    name: 'Request-Timeout-Ms',
    description:
      'How long you wait for an answer, in milliseconds. Inventory is then given no longer than ' +
      'that; it is never given longer than the service is configured for (400 ms).',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 60_000 },
  });
