import { applyDecorators, type Type } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiHeader,
  ApiOkResponse,
  ApiProduces,
  getSchemaPath,
} from '@nestjs/swagger';
import type {
  ReferenceObject,
  SchemaObject,
} from '@nestjs/swagger/dist/interfaces/open-api-spec.interface';

/** The maximum length of the token of an event. Present ones have up to 2,300 characters. */
const MAX_TOKEN_LENGTH = 4_096;

/** Documents the header by which a stream resumes at an opaque token. */
export const ApiLastEventToken = (): MethodDecorator =>
  ApiHeader({
    name: 'Last-Event-ID',
    description:
      'The id of the last event received: the stream continues after it. An `EventSource` sends it ' +
      'when it reconnects. Take it as it is, since its form may change.',
    required: false,
    schema: { type: 'string', pattern: '^[A-Za-z0-9_-]*$', maxLength: MAX_TOKEN_LENGTH },
  });

/**
 * Documents a response of server-sent events. It is text; `contentSchema` describes the list of the `data`
 * of its events.
 */
export const ApiEvents = (event: Type, description: string, example: string): MethodDecorator => {
  const schema = {
    type: 'string',
    contentMediaType: 'text/event-stream',
    contentSchema: { type: 'array', items: { $ref: getSchemaPath(event) } },
    example,
  };
  return applyDecorators(
    ApiExtraModels(event),
    ApiProduces('text/event-stream'),
    ApiOkResponse({ description, schema }),
  );
};

/**
 * Documents a response that is a page of events as JSON, or a stream of the same events. `event`: the schema of an
 * event, which is one of `models`.
 */
export const ApiEventLog = (
  page: Type,
  event: ReferenceObject,
  models: readonly Type[],
  example: string,
): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(page, ...models),
    ApiOkResponse({
      description: 'Events in the order of the log, as JSON or as server-sent events.',
      content: {
        'application/json': { schema: { $ref: getSchemaPath(page) } },
        'text/event-stream': {
          schema: {
            type: 'string',
            contentMediaType: 'text/event-stream',
            contentSchema: { type: 'array', items: event },
          } as SchemaObject,
          example,
        },
      },
    }),
  );
