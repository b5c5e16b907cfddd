import { ApiHeader } from '@nestjs/swagger';

/** Documents the header by which a client says how long it waits. */
export const ApiTimeoutHeader = (): MethodDecorator =>
  ApiHeader({
    name: 'Request-Timeout-Ms',
    description:
      'How long you wait for the response, in milliseconds. Orders waits no longer than this for ' +
      'Inventory, and never longer than it is configured to (400 ms by default).',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 60_000 },
  });
