import { LIMITS, skuFault, storableTextFault, wholeNumberFault } from '@app/contracts';

/** A line of an import file, with all that is wrong with it. Use the rest only if nothing is. */
export interface ImportRow {
  readonly lineNumber: number;
  readonly sku: string;
  readonly change: { readonly setOnHand: number } | { readonly delta: number };
  /** Undefined: the reason of the whole import. */
  readonly reason: string | undefined;
  readonly faults: readonly string[];
}

/** Which columns a file has, and in which order. */
export interface Header {
  readonly columns: readonly string[];
  readonly change: 'on_hand' | 'delta';
}

/** `export` writes the last two, so that its files can be imported as they are. */
const KNOWN = ['sku', 'on_hand', 'delta', 'reason', 'reserved', 'available'];

export const ALLOWED_COLUMNS =
  'Allowed are sku, one of on_hand (units counted) and delta (units to add or remove), and reason ' +
  'if you like; reserved and available are ignored.';

const MAX_SHOWN_LENGTH = 80;

/** Digits only: what a spreadsheet makes of large numbers (1E+06) is not what somebody counted. */
const DIGITS = /^[+-]?\d+$/;

/** The header, or what is wrong with it. */
export function readHeader(columns: readonly string[]): Header | { readonly faults: string[] } {
  const has = (name: string): boolean => columns.includes(name);
  const faults = [
    ...columns
      .filter((name) => !KNOWN.includes(name))
      .map((name) => `has no use for the column ${shown(name)}`),
    ...KNOWN.filter((name) => columns.indexOf(name) !== columns.lastIndexOf(name)).map(
      (name) => `has the column ${name} twice`,
    ),
    ...(has('sku') ? [] : ['lacks the column sku']),
    ...(has('on_hand') || has('delta') ? [] : ['lacks the column on_hand or delta']),
    ...(has('on_hand') && has('delta') ? ['has both on_hand and delta'] : []),
  ];
  if (faults.length > 0) return { faults };
  return { columns, change: has('on_hand') ? 'on_hand' : 'delta' };
}

/** Everything about one line that can be told without Inventory. */
export function readRow(
  { columns, change }: Header,
  lineNumber: number,
  fields: readonly string[],
): ImportRow {
  const field = (name: string): string => fields[columns.indexOf(name)] ?? '';
  const sku = field('sku');
  const units = Number(field(change));
  const reason = field('reason') === '' ? undefined : field('reason');
  const hasAll = fields.length === columns.length;
  return {
    lineNumber,
    sku,
    change: change === 'on_hand' ? { setOnHand: units } : { delta: units },
    reason,
    faults: hasAll
      ? rowFaults({ sku, change, text: field(change), reason })
      : [`has ${fields.length} fields instead of ${columns.length}: ${columns.join(',')}`],
  };
}

interface RowTexts {
  readonly sku: string;
  readonly change: Header['change'];
  readonly text: string;
  readonly reason: string | undefined;
}

const reasonFault = storableTextFault(1, LIMITS.maxReasonLength);
const unitsFaults = {
  on_hand: wholeNumberFault(0, LIMITS.maxOnHand),
  delta: wholeNumberFault(-LIMITS.maxOnHand, LIMITS.maxOnHand),
};

function rowFaults({ sku, change, text, reason }: RowTexts): string[] {
  const faults: [name: string, text: string, fault: string | undefined][] = [
    ['sku', sku, skuFault(sku)],
    [change, text, unitsFault(change, text)],
    ['reason', reason ?? '', reason === undefined ? undefined : reasonFault(reason)],
  ];
  return faults.flatMap(([name, value, fault]) =>
    fault === undefined ? [] : [`${name} ${fault}${value === '' ? '' : `, not ${shown(value)}`}`],
  );
}

const unitsFault = (change: Header['change'], text: string): string | undefined => {
  if (text === '') return 'is required';
  return DIGITS.test(text)
    ? unitsFaults[change](Number(text))
    : 'must be a whole number in digits, such as 12';
};

const shown = (text: string): string =>
  JSON.stringify(text.length > MAX_SHOWN_LENGTH ? `${text.slice(0, MAX_SHOWN_LENGTH)}…` : text);
