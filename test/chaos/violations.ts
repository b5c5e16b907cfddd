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
  readonly message: string;
  readonly placement?: Placement;
}

/** Violations are kept up to this number and counted beyond it. */
const MAX_KEPT = 200;

export class Violations {
  readonly first: Violation[] = [];
  readonly counts = new Map<ViolationKind, number>();
  /** By the first fault that met their order in flight. */
  readonly byFault = new Map<string, number>();
  total = 0;

  add(kind: ViolationKind, message: string, placement?: Placement): void {
    this.total += 1;
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    const fault = placement?.inFlightAt;
    if (fault) this.byFault.set(fault, (this.byFault.get(fault) ?? 0) + 1);
    if (this.first.length < MAX_KEPT) this.first.push({ kind, message, placement });
  }
}

export const formatViolation = ({ kind, message, placement }: Violation): string => {
  if (!placement) return `${kind}: ${message}`;
  const { orderId = 'of an unknown id', observed } = placement;
  const statuses =
    observed.length > 0 ? observed.map(({ status }) => status).join(', ') : 'no status';
  return `${kind}: order ${orderId} (${placement.note}, ${placement.keyLabel}, observed ${statuses}): ${message}`;
};
