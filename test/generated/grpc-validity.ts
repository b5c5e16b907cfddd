import type { Type } from 'protobufjs';
import { LIMITS, LIST_LIMITS } from '@app/contracts';
import type { GrpcRequest } from './grpc-inputs';

type Message = Readonly<Record<string, unknown>>;
type Rule = (value: unknown) => boolean;

const matches =
  (pattern: RegExp): Rule =>
  (value) =>
    pattern.test(String(value));

const within =
  (low: number, high: number): Rule =>
  (value) =>
    BigInt(String(value)) >= BigInt(low) && BigInt(String(value)) <= BigInt(high);

const sku = matches(LIMITS.sku);
const id = matches(LIMITS.reservationId);
const units = within(1, LIMITS.maxQuantity);
const pageSize = within(0, LIMITS.maxPageSize);
const isPresent = matches(/^[^]/);

/** What the comments of the proto require of single fields. A field of an absent choice is not checked. */
const RULES: Readonly<Record<string, Rule>> = {
  'ReserveStockRequest.sku': isPresent,
  'ReserveStockRequest.quantity': within(1, Number.MAX_SAFE_INTEGER),
  'CreateReservationRequest.reservation_id': id,
  'RequestedLine.sku': sku,
  'RequestedLine.quantity': units,
  'CommitReservationRequest.reservation_id': id,
  'ReleaseReservationRequest.reservation_id': id,
  'ReduceReservationRequest.reservation_id': id,
  'ExtendReservationRequest.reservation_id': id,
  'GetReservationRequest.reservation_id': id,
  'GetStockRequest.skus': sku,
  'ListStockRequest.page_size': pageSize,
  'ListStockRequest.prefix': matches(/^[A-Za-z0-9._-]{0,64}$/),
  'AdjustStockRequest.adjustment_id': matches(LIMITS.adjustmentId),
  'AdjustStockRequest.sku': sku,
  'AdjustStockRequest.delta': within(-LIMITS.maxOnHand, LIMITS.maxOnHand),
  'AdjustStockRequest.set_on_hand': within(0, LIMITS.maxOnHand),
  'AdjustStockRequest.reason': isPresent,
  'AdjustStockRequest.actor': isPresent,
  'AdjustStockRequest.expected_on_hand': within(0, LIMITS.maxOnHand),
  'SetStockThresholdRequest.sku': sku,
  'StockThreshold.low_at': within(0, 999_999_999),
  'StockThreshold.replenished_at': within(1, LIMITS.maxOnHand),
  'WatchStockRequest.skus': sku,
  'StockPosition.sku': sku,
  'StreamEventsRequest.skus': sku,
};

/** Returns whether the proto calls a request invalid. What it leaves open is not invalid. */
export const isInvalidCall = ({ rpc, message }: GrpcRequest): boolean => {
  try {
    return isInvalid(rpc.request, rpc.request.decode(message) as unknown as Message);
  } catch {
    return true;
  }
};

const isInvalid = (type: Type, message: Message): boolean =>
  type.fieldsArray.some(({ name, repeated, partOf, resolvedType }) => {
    const value = message[name];
    const fullName = `${type.name}.${name}`;
    const limit = LIST_LIMITS[`inventory.v1.${fullName}`];
    if (repeated) {
      const list = (value ?? []) as readonly unknown[];
      if (limit && (list.length < limit.min || list.length > limit.max)) return true;
      // An invalid request of a batch does not affect the others.
      if (type.name === 'BatchCreateReservationsRequest') return false;
      return list.some((entry) => breaks(fullName, entry, resolvedType as Type | null));
    }
    // An absent member of a choice has the default value of its type.
    if (partOf && !Object.hasOwn(message, name)) return false;
    return breaks(fullName, value, resolvedType as Type | null);
  });

const breaks = (name: string, value: unknown, type: Type | null): boolean => {
  const rule = Object.hasOwn(RULES, name) ? RULES[name] : undefined;
  if (rule && !rule(value)) return true;
  const isMessage = type !== null && 'fieldsArray' in type && typeof value === 'object';
  return isMessage && value !== null && isInvalid(type, value as Message);
};
