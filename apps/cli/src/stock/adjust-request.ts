import { randomUUID } from 'node:crypto';
import {
  adjustmentIdFault,
  type AdjustStockRequest,
  LIMITS,
  skuFault,
  wholeNumberFault,
} from '@app/contracts';
import {
  ADDRESS_OPTION,
  ADDRESS_USAGE,
  actorNamed,
  inventoryAddress,
  parseArguments,
  reasonGiven,
  wrongUsage,
} from './stock-options';

export const ADJUST_USAGE = `Usage: npm run stock -- adjust SKU DELTA --reason TEXT [options]
       npm run stock -- adjust SKU --set N --reason TEXT [options]

Adds DELTA units to what is on hand (removes them where it is negative), or sets it to N.

  --reason TEXT        why, for the ledger
  --actor NAME         who, for the ledger; by default your user name
  --expected N         only if exactly so many units are on hand now
  --allow-shortfall    even if fewer units are left than are reserved
  --id ID              makes it safe to repeat: an adjustment is made once for its id
${ADDRESS_USAGE}`;

export interface AdjustJob {
  readonly address: string;
  readonly request: AdjustStockRequest;
}

export function adjustJob(args: readonly string[]): AdjustJob {
  const text = { type: 'string' } as const;
  const options = {
    ...ADDRESS_OPTION,
    set: text,
    reason: text,
    actor: text,
    expected: text,
    id: text,
    'allow-shortfall': { type: 'boolean' },
  } as const;
  const { options: rest, negative } = withoutNegatives(args);
  const { values, positionals } = parseArguments(rest, options, ADJUST_USAGE);
  const [sku = '', ...deltas] = [...positionals, ...negative];
  if (values.reason === undefined) throw wrongUsage('Say why, with --reason TEXT.', ADJUST_USAGE);
  return {
    address: inventoryAddress(values.address, ADJUST_USAGE),
    request: {
      adjustmentId: valid('--id', values.id ?? `adjust-${randomUUID()}`, adjustmentIdFault),
      sku: valid('SKU', sku, skuFault),
      ...changeOf(deltas, values.set),
      reason: reasonGiven(values.reason, ADJUST_USAGE),
      actor: actorNamed(values.actor, ADJUST_USAGE),
      ...(values.expected !== undefined && {
        expectedOnHand: units('--expected', values.expected, 0),
      }),
      allowShortfall: values['allow-shortfall'] ?? false,
    },
  };
}

/** `-3` is a number here; parseArgs would take it for an option. */
function withoutNegatives(args: readonly string[]) {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const isNegative = (argument: string, index: number) => index < end && /^-\d+$/.test(argument);
  return {
    options: args.filter((argument, index) => !isNegative(argument, index)),
    negative: args.filter(isNegative),
  };
}

function changeOf(deltas: readonly string[], set: string | undefined) {
  const [delta, ...more] = deltas;
  if (more.length > 0 || (delta === undefined) === (set === undefined)) {
    throw wrongUsage('Give one change: a DELTA such as -3, or --set N.', ADJUST_USAGE);
  }
  return delta === undefined
    ? { setOnHand: units('--set', set ?? '', 0) }
    : { delta: units('DELTA', delta, -LIMITS.maxOnHand) };
}

function units(name: string, text: string, min: number): number {
  const number = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
  const fault = wholeNumberFault(min, LIMITS.maxOnHand)(number);
  if (fault === undefined) return number;
  throw wrongUsage(`${name} ${fault}, not "${text}".`, ADJUST_USAGE);
}

function valid(name: string, text: string, faultOf: (text: string) => string | undefined): string {
  const fault = faultOf(text);
  if (fault === undefined) return text;
  throw wrongUsage(`${name} ${fault}${text === '' ? '' : `, not "${text}"`}.`, ADJUST_USAGE);
}
