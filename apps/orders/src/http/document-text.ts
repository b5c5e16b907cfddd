import { ExpiringCache } from '../access/expiring-cache';

/** What differs between the clients of a document. None of it has characters that need escaping. */
export interface ClientValues {
  /** The URL of the API. */
  readonly url: string;
  /** The path that a proxy takes off, such as `/shop`, or an empty text. */
  readonly prefix: string;
  /** An order that the client may read. */
  readonly orderId: string;
}

/** What a document has in place of each value. YAML quotes a text that begins with `@`. */
export const PLACEHOLDERS: ClientValues = {
  url: '@url@',
  prefix: '@prefix@',
  orderId: '@order-id@',
};

const NAMES = Object.keys(PLACEHOLDERS) as (keyof ClientValues)[];
const ANY_PLACEHOLDER = new RegExp(`(${Object.values(PLACEHOLDERS).join('|')})`);

const MAX_AGE_MS = 10_000;
/** Some 7 MB. Clients see the API at few URLs. */
const MAX_COPIES = 8;

/** A piece of a document: bytes, or the name of a value that belongs there. */
type Piece = Buffer | keyof ClientValues;

const toPiece = (text: string): Piece =>
  NAMES.find((name) => PLACEHOLDERS[name] === text) ?? Buffer.from(text);

/**
 * A document that is written once, which takes 10 to 200 ms of the event loop, and then differs between clients in
 * a few places only. Those of the same values that read it slowly share one copy in memory.
 */
export class DocumentText {
  private pieces: readonly Piece[] | undefined;
  private readonly copies = new ExpiringCache<Buffer>(MAX_AGE_MS, MAX_COPIES);

  constructor(private readonly write: () => string) {}

  /** Returns the bytes for a client. */
  for(values: ClientValues): Buffer {
    const key = JSON.stringify(values);
    const known = this.copies.get(key, performance.now());
    if (known) return known;
    this.pieces ??= this.write().split(ANY_PLACEHOLDER).map(toPiece);
    const copy = Buffer.concat(
      this.pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(values[piece]) : piece)),
    );
    this.copies.set(key, copy, performance.now());
    return copy;
  }
}
