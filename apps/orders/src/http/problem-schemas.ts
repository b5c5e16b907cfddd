import type {
  ReferenceObject,
  SchemaObject,
} from '@nestjs/swagger/dist/interfaces/open-api-spec.interface';
import { type Reason, REASONS, wireOf } from '@app/errors';

/** Members of a problem by name. Those that are not `optional` are always there. */
interface Members {
  readonly properties: Readonly<Record<string, SchemaObject>>;
  readonly optional?: readonly string[];
}

const refTo = (schema: string): ReferenceObject => ({ $ref: `#/components/schemas/${schema}` });

const listOf = (schema: string, description: string): SchemaObject => ({
  type: 'array',
  items: refTo(schema),
  description,
});

/** A schema that another one defines, with a description for this use of it. */
const sameAs = (schema: string, description: string): SchemaObject => ({
  allOf: [refTo(schema)],
  description,
});

const orderId: SchemaObject = {
  type: 'string',
  format: 'uuid',
  description: 'The order that the problem is about.',
};

const OF_ORDER: Members = { properties: { orderId } };

const OF_WEBHOOK: Members = {
  properties: {
    webhookId: {
      type: 'string',
      format: 'uuid',
      description: 'The webhook that the problem is about.',
    },
  },
};

const deliveryId: SchemaObject = {
  type: 'string',
  description: 'The delivery that the problem is about.',
};

const SHORT: Members = {
  properties: {
    orderId,
    shortages: listOf('Shortage', 'Every SKU that was short, at least one.'),
  },
};

/** The members that a problem has besides those of RFC 9457 and `reason`. */
const MEMBERS: Readonly<Partial<Record<Reason, Members>>> = {
  INVALID_REQUEST: {
    properties: {
      errors: listOf('FieldError', 'The invalid fields, 1 to 100.'),
      errorsLeftOut: {
        type: 'integer',
        minimum: 1,
        description: 'The number of invalid fields that `errors` leaves out. Absent if it has all.',
      },
    },
    optional: ['errorsLeftOut'],
  },
  PERMISSION_DENIED: {
    properties: {
      requiredScopes: {
        type: 'array',
        items: { type: 'string', enum: ['customer', 'staff', 'events', 'admin'] },
        description: 'The scopes of which any one allows the request.',
      },
    },
  },
  INSUFFICIENT_STOCK: SHORT,
  UNKNOWN_SKU: SHORT,
  ORDER_CANCELLED: {
    properties: {
      orderId,
      cancelReason: sameAs('CancelReason', 'Why the order was cancelled.'),
    },
  },
  ORDER_STATE_CONFLICT: {
    properties: {
      orderId,
      orderStatus: sameAs('OrderStatus', 'The status of the order.'),
      allowed: {
        type: 'array',
        items: { type: 'string', enum: ['cancel', 'fulfill', 'reduce'] },
        description: 'The requests that this status allows.',
      },
    },
  },
  QUANTITY_INCREASED: {
    properties: {
      orderId,
      increased: listOf('IncreasedItem', 'The SKUs of which the request names too many units.'),
    },
  },
  WEBHOOK_NOT_FOUND: OF_WEBHOOK,
  WEBHOOK_DISABLED: OF_WEBHOOK,
  DELIVERY_NOT_FOUND: { properties: { ...OF_WEBHOOK.properties, deliveryId } },
  DELIVERY_STATE_CONFLICT: {
    properties: {
      deliveryId,
      deliveryStatus: sameAs('DeliveryStatus', 'The status of the delivery.'),
      allowed: {
        type: 'array',
        items: { type: 'string', enum: ['redeliver', 'discard'] },
        description: 'The requests that this status allows.',
      },
    },
  },
  API_KEY_NOT_FOUND: {
    properties: {
      apiKeyId: {
        type: 'string',
        format: 'uuid',
        description: 'The API key that the problem is about.',
      },
    },
  },
  NOTHING_LEFT: OF_ORDER,
  REDUCED_TOO_OFTEN: OF_ORDER,
  RETRIED_RECENTLY: OF_ORDER,
  ORDER_NOT_FOUND: OF_ORDER,
  IDEMPOTENCY_KEY_REUSED: OF_ORDER,
  HISTORY_CHANGED: { ...OF_ORDER, optional: ['orderId'] },
  POSITION_EXPIRED: {
    properties: {
      oldestPosition: {
        type: 'integer',
        minimum: 1,
        description: 'The number of the oldest event that is kept.',
      },
    },
  },
  INTERNAL: {
    properties: {
      requestId: { type: 'string', description: 'The `X-Request-Id` of the log line.' },
    },
  },
};

/** The name of a reason's schema, such as `InsufficientStockProblem`. */
const schemaNameOf = (reason: Reason): string =>
  `${reason
    .split('_')
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join('')}Problem`;

/** The schema of a problem with one of these reasons. Generated clients tell them apart by `reason`. */
export const problemSchema = (reasons: readonly Reason[]): ReferenceObject | SchemaObject => {
  const refs = reasons.map((reason) => refTo(schemaNameOf(reason)));
  const [only] = refs;
  if (only && refs.length === 1) return only;
  const mapping = reasons.map((reason) => [reason, refTo(schemaNameOf(reason)).$ref]);
  return {
    oneOf: refs,
    discriminator: {
      propertyName: 'reason',
      mapping: Object.fromEntries(mapping) as Record<string, string>,
    },
  };
};

const problemSchemaOf = (reason: Reason): SchemaObject => {
  const { http, title } = wireOf(reason);
  const { properties = {}, optional = [] } = MEMBERS[reason] ?? {};
  return {
    type: 'object',
    description: `${REASONS[reason].meaning} ${REASONS[reason].remedy}`,
    properties: {
      type: {
        type: 'string',
        enum: [`urn:quickbite:problem:${reason.toLowerCase().replaceAll('_', '-')}`],
        description: 'Identifies the kind of problem. Not a URL.',
      },
      title: { type: 'string', description: `A short summary: ${title}.` },
      status: { type: 'integer', enum: [http], description: 'The HTTP status.' },
      detail: {
        type: 'string',
        description: 'What is wrong with this request, in a sentence for people.',
      },
      instance: {
        type: 'string',
        description: 'The requested path; empty if the request could not be read.',
      },
      reason: {
        type: 'string',
        enum: [reason],
        description: 'The stable name of the error, for programs.',
      },
      ...properties,
    },
    required: [
      'type',
      'title',
      'status',
      'detail',
      'instance',
      'reason',
      ...Object.keys(properties),
    ].filter((name) => !optional.includes(name)),
  };
};

/** Returns the schemas of the problems that a document refers to, by their names. */
export const problemSchemas = (document: object): Record<string, SchemaObject> => {
  const text = JSON.stringify(document);
  const isUsed = (reason: Reason): boolean =>
    text.includes(`"${refTo(schemaNameOf(reason)).$ref}"`);
  const reasons = (Object.keys(REASONS) as Reason[]).filter(isUsed);
  return Object.fromEntries(
    reasons.map((reason) => [schemaNameOf(reason), problemSchemaOf(reason)]),
  );
};
