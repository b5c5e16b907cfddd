import type { Status } from './order-states';

export interface Line {
  readonly sku: string;
  readonly quantity: number;
}

/** A status in an answer, and the time of the answer. */
export interface ObservedStatus {
  readonly status: Status;
  readonly atMs: number;
}

/** An order as its client knows it. A run has hundreds of thousands of them. */
export class Placement {
  orderId: string | undefined = undefined;
  /** Each status once, in the order of the answers. */
  observed: readonly ObservedStatus[] = [];
  /** A 201 promises that its units are held. */
  wasAccepted = false;
  /** A 409 promises that its units never will be held. */
  wasRejected = false;
  cancelRequested = false;
  fulfillRequested = false;
  reduceRequested = false;
  /** Whether the final check found it in the database. */
  isFound = false;
  /** The first fault during which it was in flight. */
  inFlightAt: string | undefined = undefined;

  constructor(
    readonly number: number,
    readonly userId: string,
    readonly lines: readonly Line[],
    readonly hasKey: boolean,
  ) {}

  get key(): string {
    return `key-${this.number}`;
  }

  /** Identifies the order in the database, also without a key. */
  get note(): string {
    return `placement ${this.number}`;
  }

  /** What its customer keeps if the order is reduced: no more than one unit of the last SKU. */
  get keptItem(): Line {
    const { sku = '' } = this.lines.at(-1) ?? {};
    const hasOtherSku = this.lines.some((line) => line.sku !== sku);
    return { sku, quantity: hasOtherSku ? 0 : 1 };
  }

  /** The lines after a reduction. */
  get reducedLines(): readonly Line[] {
    const { sku, quantity } = this.keptItem;
    const others = this.lines.filter((line) => line.sku !== sku);
    return quantity > 0 ? [...others, { sku, quantity }] : others;
  }

  get keyLabel(): string {
    return this.hasKey ? this.key : 'without a key';
  }
}

export const numberInNote = (note: string | null): number | undefined => {
  const [, digits] = /^placement (\d+)$/.exec(note ?? '') ?? [];
  return digits === undefined ? undefined : Number(digits);
};

/** Formats lines as Inventory counts them: two lines of one SKU are one. */
export const formatLines = (lines: readonly Line[]): string => {
  const total = new Map<string, number>();
  for (const { sku, quantity } of lines) total.set(sku, (total.get(sku) ?? 0) + quantity);
  const totals = [...total].map(([sku, quantity]) => `${quantity} ${sku}`);
  return totals.sort().join(', ');
};
