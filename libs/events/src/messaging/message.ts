/** A message for a broker. */
export interface OutgoingMessage {
  readonly topic: string;
  /** Messages of a topic with the same key keep their order. Null: no order. */
  readonly key: Buffer | string | null;
  readonly value: Buffer | string | null;
  readonly headers: ReadonlyMap<string, Buffer | string>;
}

/** A message that a broker has delivered. */
export interface IncomingMessage {
  readonly topic: string;
  readonly partition: number;
  /** Place in its partition. */
  readonly offset: bigint;
  /** When the broker or the sender dated it, in milliseconds since 1970. */
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: ReadonlyMap<string, Buffer>;
}

/** The broker did not confirm what it was asked for. It may have done it. */
export class BrokerUnavailable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'BrokerUnavailable';
  }
}
