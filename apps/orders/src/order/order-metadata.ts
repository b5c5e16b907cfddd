import { type FieldFault, normalizedText, storableTextFault } from '@app/contracts';

/** The client's own texts about an order, by their keys. Never empty: an order without any has null. */
export type OrderMetadata = Readonly<Record<string, string>>;

/** What the metadata of an order may have. Bytes are those of all keys and values in UTF-8. */
export const METADATA_LIMITS = {
  maxKeys: 16,
  maxKeyLength: 40,
  key: /^[A-Za-z0-9._-]{1,40}$/,
  maxValueLength: 500,
  maxBytes: 8_192,
} as const;

const KEY_FAULT = `must have a key of 1 to ${METADATA_LIMITS.maxKeyLength} characters out of A-Z a-z 0-9 . _ -`;

const textFault = storableTextFault(0, METADATA_LIMITS.maxValueLength);

const normalizedValue = (value: string): string =>
  normalizedText(value, METADATA_LIMITS.maxValueLength);

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Returns what is wrong with a value that is no text, and what the client can do. */
const typeFault = (value: unknown): string => {
  if (value === null) return 'must be text, not null; leave the key out';
  if (typeof value !== 'object') return `must be text, not a ${typeof value}; put it in quotes`;
  return `must be text, not ${Array.isArray(value) ? 'a list' : 'an object'}; write it as text`;
};

const valueFault = (value: unknown): string | undefined =>
  typeof value === 'string' ? textFault(normalizedValue(value)) : typeFault(value);

const entryFaults = ([key, value]: [string, unknown]): FieldFault[] => {
  if (key === '') return [{ field: 'metadata', fault: 'must not have an empty key' }];
  const { key: allowed, maxKeyLength } = METADATA_LIMITS;
  const name = key.length > maxKeyLength ? `${key.slice(0, maxKeyLength)}…` : key;
  const field = `metadata.${name}`;
  const fault = allowed.test(key) ? valueFault(value) : KEY_FAULT;
  return fault === undefined ? [] : [{ field, fault }];
};

const bytesOf = (metadata: OrderMetadata): number =>
  Object.entries(metadata).reduce(
    (sum, [key, value]) => sum + key.length + Buffer.byteLength(normalizedValue(value)),
    0,
  );

/**
 * Returns the faults of the metadata of a new order, each with its field, such as `metadata.color`. Entries
 * of metadata with too many keys are not looked at.
 */
export const metadataFaults = (metadata: unknown): FieldFault[] => {
  if (metadata === undefined || metadata === null) return [];
  const { maxKeys, maxBytes } = METADATA_LIMITS;
  const whole = (fault: string): FieldFault[] => [{ field: 'metadata', fault }];
  if (!isObject(metadata)) return whole('must be an object of texts, such as {"color": "red"}');
  const entries = Object.entries(metadata);
  if (entries.length > maxKeys) {
    return whole(`must have at most ${maxKeys} keys, not ${entries.length}`);
  }
  const faults = entries.flatMap(entryFaults);
  if (faults.length > 0) return faults;
  const bytes = bytesOf(metadata as OrderMetadata);
  return bytes > maxBytes ? whole(`must have at most ${maxBytes} bytes in all, not ${bytes}`) : [];
};

/** Returns valid metadata as it is stored: in Unicode normalization form C, and null without any key. */
export const storedMetadata = (
  metadata: OrderMetadata | null | undefined,
): OrderMetadata | null => {
  const entries = Object.entries(metadata ?? {});
  if (entries.length === 0) return null;
  return Object.fromEntries(entries.map(([key, value]) => [key, normalizedValue(value)]));
};

/** Returns metadata as text that is equal for equal metadata, in whatever order its keys are. */
export const canonicalMetadata = (metadata: OrderMetadata): string => {
  const keys = Object.keys(metadata).sort();
  return JSON.stringify(keys.map((key) => [key, metadata[key]]));
};
