/** The last change of a SKU that a client has received. The time tells it from another one, as after a failover. */
export interface StockPosition {
  readonly seq: number;
  readonly occurredAtMs: number;
}

/** What a client has received, by SKU. A SKU of which it has received nothing is absent. */
export type StockPositions = ReadonlyMap<string, StockPosition>;

/** The first byte of each token, so that another form can follow. */
const FORM = 1;
const HEADER_BYTES = 5;
const ENTRY_BYTES = 12;
const NUMBER_BYTES = 6;

/** FNV-1a. It tells the SKUs of a token from those of another stream. */
const checksumOf = (skus: readonly string[]): number => {
  let checksum = 0x811c9dc5;
  for (const byte of Buffer.from(skus.join())) {
    checksum = Math.imul(checksum ^ byte, 0x01000193);
  }
  return checksum >>> 0;
};

/** Returns the token of what a client has received of a stream of these SKUs: at most 1,607 characters. */
export const toStockToken = (skus: readonly string[], positions: StockPositions): string => {
  const bytes = Buffer.alloc(HEADER_BYTES + skus.length * ENTRY_BYTES);
  bytes.writeUInt8(FORM);
  bytes.writeUInt32BE(checksumOf(skus), 1);
  skus.forEach((sku, index) => {
    const { seq, occurredAtMs } = positions.get(sku) ?? { seq: 0, occurredAtMs: 0 };
    const at = HEADER_BYTES + index * ENTRY_BYTES;
    bytes.writeUIntBE(seq, at, NUMBER_BYTES);
    bytes.writeUIntBE(occurredAtMs, at + NUMBER_BYTES, NUMBER_BYTES);
  });
  return bytes.toString('base64url');
};

/** Returns the positions of a token; undefined if it is no token of a stream of these SKUs. */
export const fromStockToken = (
  skus: readonly string[],
  token: string,
): Map<string, StockPosition> | undefined => {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== HEADER_BYTES + skus.length * ENTRY_BYTES) return undefined;
  const positions = new Map<string, StockPosition>();
  skus.forEach((sku, index) => {
    const at = HEADER_BYTES + index * ENTRY_BYTES;
    const seq = bytes.readUIntBE(at, NUMBER_BYTES);
    const occurredAtMs = bytes.readUIntBE(at + NUMBER_BYTES, NUMBER_BYTES);
    if (seq > 0) positions.set(sku, { seq, occurredAtMs });
  });
  // Compares the form, the SKUs and the spelling, too.
  return toStockToken(skus, positions) === token ? positions : undefined;
};
