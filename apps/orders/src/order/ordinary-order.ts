import { LIMITS, quantityFault, skuFault } from '@app/contracts';

/** ASCII without control characters. It is the same in every normalization form. */
const PLAIN_TEXT = /^[ -~]*$/;

const ORDER_FIELDS: ReadonlySet<string> = new Set([
  'userId',
  'sku',
  'quantity',
  'items',
  'note',
  'externalId',
]);
const ITEM_FIELDS: ReadonlySet<string> = new Set(['sku', 'quantity']);

type Fields = Readonly<Record<string, unknown>>;

/**
 * Whether the rules of `PlaceOrderDto` would certainly accept this value and change nothing in it. False says
 * only that the rules must decide, for example about letters with accents.
 */
export const isOrdinaryOrder = (value: unknown): boolean => {
  if (!hasOnly(ORDER_FIELDS, value)) return false;
  const { userId, sku, quantity, items, note, externalId } = value;
  if (!isPlainText(userId, 1, 128)) return false;
  if (!isAbsent(note) && !isPlainText(note, 0, 500)) return false;
  if (!isAbsent(externalId) && !isPlainText(externalId, 1, 128)) return false;
  if (items === undefined) return isLine(sku, quantity);
  return sku === undefined && quantity === undefined && areItems(items);
};

const isAbsent = (value: unknown): boolean => value === undefined || value === null;

const isPlainText = (value: unknown, minLength: number, maxLength: number): boolean =>
  typeof value === 'string' &&
  value.length >= minLength &&
  value.length <= maxLength &&
  PLAIN_TEXT.test(value);

const isLine = (sku: unknown, quantity: unknown): boolean =>
  skuFault(sku) === undefined && quantityFault(quantity) === undefined;

/** The units of all items together are compared with the maximum of one SKU, which needs no sum by SKU. */
const areItems = (items: unknown): boolean => {
  if (!Array.isArray(items) || items.length < 1 || items.length > LIMITS.maxLines) return false;
  let units = 0;
  for (const item of items as unknown[]) {
    if (!hasOnly(ITEM_FIELDS, item) || !isLine(item.sku, item.quantity)) return false;
    units += Number(item.quantity);
  }
  return units <= LIMITS.maxQuantity;
};

/** Whether a value is an object that has no other fields, neither of its own nor inherited. */
const hasOnly = (fields: ReadonlySet<string>, value: unknown): value is Fields => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const name in value) if (!fields.has(name)) return false;
  return true;
};
