/** An event of a key: `A1` is the first of key A. */
export type EventName = string;

/** A change that is written and not committed yet. It holds the lock of its key. */
export interface OpenChange {
  readonly event: EventName;
  readonly outboxId: number;
}

/** A transaction of the sequencer: what it has taken from the outbox, and the positions it will assign. */
export interface Sequencing {
  readonly taken: readonly OpenChange[];
  /** The end of the log as the transaction has read it. */
  readonly end: number;
}

/** A process that holds, or believes that it holds, the cursor. */
export interface Relay {
  readonly epoch: number;
  readonly position: number;
  /** `sent`: the event after `position` is in the topic. `acknowledged`: the relay knows. */
  readonly phase: 'idle' | 'sent' | 'acknowledged';
}

export interface PipelineState {
  /** How many events of each key were committed. */
  readonly committed: readonly EventName[];
  readonly open: readonly OpenChange[];
  readonly nextOutboxId: number;
  readonly outbox: readonly OpenChange[];
  readonly sequencing: readonly (Sequencing | null)[];
  readonly log: readonly EventName[];
  readonly cursor: { readonly position: number; readonly epoch: number };
  /** Whether the lease of the cursor has ended. */
  readonly isLeaseOver: boolean;
  readonly relays: readonly (Relay | null)[];
  readonly topic: readonly EventName[];
  readonly offset: number;
  /** The offset up to which the consumer has worked since its start, and whether the last effect is durable. */
  readonly consumer: { readonly offset: number; readonly isApplied: boolean };
  readonly applied: readonly EventName[];
}

/** Nothing has happened. */
export const START: PipelineState = {
  committed: [],
  open: [],
  nextOutboxId: 1,
  outbox: [],
  sequencing: [null, null],
  log: [],
  cursor: { position: 0, epoch: 0 },
  isLeaseOver: true,
  relays: [null, null],
  topic: [],
  offset: 0,
  consumer: { offset: 0, isApplied: false },
  applied: [],
};
