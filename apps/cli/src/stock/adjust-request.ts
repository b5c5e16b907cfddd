import { randomUUID } from 'node:crypto';
import {
  adjustmentIdFault,
  type AdjustStockRequest,
  LIMITS,
  skuFault,
  wholeNumberFault,
} from '@app/contracts';
import { UsageError } from '../command-line/command-error';
import { validated } from '../command-line/values';
import { actorFrom, type AddressOption, reasonFrom } from './stock-options';

/** Options of `stock adjust`, as commander parses them. */
export interface AdjustOptions extends AddressOption {
  /** Required by the command line. */
  readonly reason?: string;
  readonly actor?: string;
  readonly set?: string;
  readonly expected?: string;
  readonly id?: string;
  readonly allowShortfall?: boolean;
}

/** Returns the request that the arguments `SKU [DELTA]` and the options describe. */
export function adjustRequest(
  [sku = '', delta]: readonly string[],
  options: AdjustOptions,
): AdjustStockRequest {
  const { reason = '', actor, set, expected, id, allowShortfall = false } = options;
  return {
    adjustmentId: validated('--id', id ?? `adjust-${randomUUID()}`, adjustmentIdFault),
    sku: validated('SKU', sku, skuFault),
    ...changeFrom(delta, set),
    reason: reasonFrom(reason),
    actor: actorFrom(actor),
    ...(expected !== undefined && { expectedOnHand: unitsFrom('--expected', expected, 0) }),
    allowShortfall,
  };
}

function changeFrom(delta: string | undefined, set: string | undefined) {
  if ((delta === undefined) === (set === undefined)) {
    throw new UsageError('Specify one change: either a DELTA such as -3, or --set N.');
  }
  return delta === undefined
    ? { setOnHand: unitsFrom('--set', set ?? '', 0) }
    : { delta: unitsFrom('DELTA', delta, -LIMITS.maxOnHand) };
}

function unitsFrom(name: string, text: string, min: number): number {
  const units = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
  validated(name, text, () => wholeNumberFault(min, LIMITS.maxOnHand)(units));
  return units;
}
