import { type FieldViolation, ServiceError } from '@app/errors';

/** What a command asks Orders to do. */
export const ORDER_COMMAND_TYPES = ['place', 'cancel', 'fulfill'] as const;
export type OrderCommandType = (typeof ORDER_COMMAND_TYPES)[number];

/** A command as it was sent, with an envelope that is valid. */
export interface OrderCommand {
  /** The sender's own id. A repeated command has the same. */
  readonly commandId: string;
  readonly type: OrderCommandType;
  /** The other fields, as they were sent. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** As the Idempotency-Key of the API, without blanks. */
const COMMAND_ID = /^[\x21-\x7e]{1,255}$/;
const ID_FAULT = 'must be 1 to 255 printable ASCII characters without blanks';
const TYPE_FAULT = `must be one of ${ORDER_COMMAND_TYPES.join(', ')}`;

/** Returns the command. Throws INVALID_REQUEST if its id or type is missing or unknown. */
export const toOrderCommand = (message: Readonly<Record<string, unknown>>): OrderCommand => {
  const { commandId, type, ...body } = message;
  const id = typeof commandId === 'string' && COMMAND_ID.test(commandId) ? commandId : undefined;
  const known = ORDER_COMMAND_TYPES.find((each) => each === type);
  if (id !== undefined && known) return { commandId: id, type: known, body };
  const idFault: FieldViolation = { field: 'commandId', fault: ID_FAULT };
  const typeFault: FieldViolation = { field: 'type', fault: TYPE_FAULT };
  if (known) throw ServiceError.invalid([idFault]);
  throw ServiceError.invalid(id === undefined ? [idFault, typeFault] : [typeFault]);
};

/** Statuses that Inventory ends by itself; after them the order may be CONFIRMED. */
const PASSING: readonly unknown[] = ['PENDING', 'REDUCING'];

/** Whether the request may be allowed later, although the order's present status does not allow it. */
export const mayBecomeAllowed = (type: OrderCommandType, error: unknown): boolean =>
  type === 'fulfill' &&
  error instanceof ServiceError &&
  error.reason === 'ORDER_STATE_CONFLICT' &&
  PASSING.includes(error.metadata.orderStatus);
