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

const MAX_AGE_MS = 10_000;
/** Some 7 MB. Clients see the API at few URLs. */
const MAX_COPIES = 8;

/**
 * A document that is written once, which takes 10 to 200 ms of the event loop, and then differs between clients in
 * a few places only. Those of the same values that read it slowly share one copy in memory.
 */
export class DocumentText {
  private text: string | undefined;
  private readonly copies = new ExpiringCache<Buffer>(MAX_AGE_MS, MAX_COPIES);

  constructor(private readonly write: () => string) {}

  /** Returns the bytes for a client. */
  for(values: ClientValues): Buffer {
    const key = JSON.stringify(values);
    const known = this.copies.get(key, performance.now());
    if (known) return known;
    this.text ??= this.write();
    const copy = Buffer.from(
      this.text
        .replaceAll(PLACEHOLDERS.url, () => values.url)
        .replaceAll(PLACEHOLDERS.prefix, () => values.prefix)
        .replaceAll(PLACEHOLDERS.orderId, () => values.orderId),
    );
    this.copies.set(key, copy, performance.now());
    return copy;
  }
}
