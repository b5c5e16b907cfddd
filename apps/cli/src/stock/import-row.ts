import { LIMITS, skuFault, storableTextFault, wholeNumberFault } from '@app/contracts';

/** A line of an import file with its faults. The other fields are valid only if there are none. */
export interface ImportRow {
  readonly lineNumber: number;
  readonly sku: string;
  readonly change: { readonly setOnHand: number } | { readonly delta: number };
  /** Undefined: use the reason of the import. */
  readonly reason: string | undefined;
  readonly faults: readonly string[];
}

/** The columns of a file, in order. */
export interface Header {
  readonly columns: readonly string[];
  readonly change: 'on_hand' | 'delta';
}

/** `stock export` writes the last two. They are allowed so that its files can be imported. */
const KNOWN = ['sku', 'on_hand', 'delta', 'reason', 'reserved', 'available'];

export const ALLOWED_COLUMNS =
  'Allowed columns: sku, one of on_hand (counted units) and delta (units to add or remove), and ' +
  'optionally reason. The columns reserved and available are ignored.';

const MAX_QUOTED_LENGTH = 80;

/** Digits only. A spreadsheet may turn a large number into 1E+06, which loses digits. */
const DIGITS = /^[+-]?\d+$/;

/** Returns the header, or its faults. */
export function readHeader(columns: readonly string[]): Header | { readonly faults: string[] } {
  const has = (name: string): boolean => columns.includes(name);
  const faults = [
    ...columns
      .filter((name) => !KNOWN.includes(name))
      .map((name) => `has the unknown column ${quoted(name)}`),
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

/** Returns one line with every fault that can be found without calling Inventory. */
export function readRow(
  { columns, change }: Header,
  lineNumber: number,
  fields: readonly string[],
): ImportRow {
  const field = (name: string): string => fields[columns.indexOf(name)] ?? '';
  const sku = field('sku');
  const units = Number(field(change));
  const reason = field('reason') === '' ? undefined : field('reason');
  const isComplete = fields.length === columns.length;
  return {
    lineNumber,
    sku,
    change: change === 'on_hand' ? { setOnHand: units } : { delta: units },
    reason,
    faults: isComplete
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
    fault === undefined ? [] : [`${name} ${fault}${value === '' ? '' : `, not ${quoted(value)}`}`],
  );
}

const unitsFault = (change: Header['change'], text: string): string | undefined => {
  if (text === '') return 'is required';
  return DIGITS.test(text)
    ? unitsFaults[change](Number(text))
    : 'must be a whole number in digits, such as 12';
};

const quoted = (text: string): string =>
  JSON.stringify(text.length > MAX_QUOTED_LENGTH ? `${text.slice(0, MAX_QUOTED_LENGTH)}…` : text);
