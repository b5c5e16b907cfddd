import type { Status } from './life';

export interface Line {
  readonly sku: string;
  readonly quantity: number;
}

/** A status that a customer was told, and when the answer was there. */
export interface Told {
  readonly status: Status;
  readonly atMs: number;
}

/** An order of the client's by its number, with all that it was told of it. Hundreds of thousands. */
export class Placement {
  orderId: string | undefined = undefined;
  /** Each status once, in the order of their answers. */
  told: readonly Told[] = [];
  /** A 201 says that its units were held for it. */
  wasPlaced = false;
  /** A 409 says that they never will be. */
  wasShort = false;
  askedToCancel = false;
  askedToFulfill = false;
  /** It was found in the database at the end. */
  isFound = false;
  /** The first fault that met it in flight. */
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

  /** Finds the order again, whatever became of its key. */
  get note(): string {
    return `placement ${this.number}`;
  }

  get keyWords(): string {
    return this.hasKey ? this.key : 'without a key';
  }
}

export const numberInNote = (note: string | null): number | undefined => {
  const [, digits] = /^placement (\d+)$/.exec(note ?? '') ?? [];
  return digits === undefined ? undefined : Number(digits);
};

/** Lines as Inventory counts them: a SKU that is named twice is one line. */
export const linesInWords = (lines: readonly Line[]): string => {
  const total = new Map<string, number>();
  for (const { sku, quantity } of lines) total.set(sku, (total.get(sku) ?? 0) + quantity);
  const words = [...total].map(([sku, quantity]) => `${quantity} ${sku}`);
  return words.sort().join(', ');
};
