import type { Placement } from './placement';

export const VIOLATION_KINDS = [
  'oversold',
  'leaked',
  'lost',
  'duplicated',
  'left undecided',
  'other',
] as const;
export type ViolationKind = (typeof VIOLATION_KINDS)[number];

export interface Violation {
  readonly kind: ViolationKind;
  /** What was told, and what is. */
  readonly words: string;
  readonly placement?: Placement;
}

/** The first of them say what is wrong; of the rest the number is enough. */
const MAX_KEPT = 200;

export class Violations {
  readonly first: Violation[] = [];
  readonly counts = new Map<ViolationKind, number>();
  /** By the fault at which their orders were in flight. */
  readonly byFault = new Map<string, number>();
  total = 0;

  add(kind: ViolationKind, words: string, placement?: Placement): void {
    this.total += 1;
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    const fault = placement?.inFlightAt;
    if (fault) this.byFault.set(fault, (this.byFault.get(fault) ?? 0) + 1);
    if (this.first.length < MAX_KEPT) this.first.push({ kind, words, placement });
  }
}

export const violationLine = ({ kind, words, placement }: Violation): string => {
  if (!placement) return `${kind}: ${words}`;
  const { orderId = 'of an unknown id', told } = placement;
  const heard = told.length > 0 ? told.map(({ status }) => status).join(', ') : 'nothing';
  return `${kind}: order ${orderId} (${placement.note}, ${placement.keyWords}, told ${heard}): ${words}`;
};
