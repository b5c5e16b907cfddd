/** How an order is placed. */
export type Placing =
  'once' | 'without a key' | 'twice at once' | 'aborted' | 'cancelled meanwhile';
/** What the customer does with the order afterwards. */
export type FollowUp =
  | 'nothing'
  | 'cancel'
  | 'fulfill'
  | 'cancel and fulfill'
  | 'reduce'
  | 'reduce and fulfill'
  | 'reduce and cancel'
  | 'read';

export interface CustomerBehavior {
  readonly callers: number;
  /** The longest pause between two orders of a caller. */
  readonly maxThinkMs: number;
  /** Relative frequencies. */
  readonly placing: Readonly<Record<Placing, number>>;
  readonly followUp: Readonly<Record<FollowUp, number>>;
}

export const MIXED_BEHAVIOR: CustomerBehavior = {
  callers: 32,
  maxThinkMs: 120,
  placing: {
    once: 70,
    'without a key': 6,
    'twice at once': 12,
    aborted: 7,
    'cancelled meanwhile': 5,
  },
  followUp: {
    nothing: 22,
    cancel: 22,
    fulfill: 20,
    'cancel and fulfill': 10,
    reduce: 10,
    'reduce and fulfill': 6,
    'reduce and cancel': 4,
    read: 6,
  },
};

/** A little of everything that passes a failpoint, so that each failpoint is passed soon. */
export const LIGHT_BEHAVIOR: CustomerBehavior = {
  callers: 6,
  maxThinkMs: 60,
  placing: {
    once: 90,
    'without a key': 0,
    'twice at once': 5,
    aborted: 0,
    'cancelled meanwhile': 5,
  },
  followUp: {
    nothing: 10,
    cancel: 30,
    fulfill: 25,
    'cancel and fulfill': 10,
    reduce: 20,
    'reduce and fulfill': 5,
    'reduce and cancel': 0,
    read: 0,
  },
};
