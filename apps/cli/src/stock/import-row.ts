import { LIMITS, skuFault, storableTextFault, wholeNumberFault } from '@app/contracts';
import { unescapeFormula } from './formula-cell';

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
/** A number such as 1.000, which is a thousand in some countries and one in others. */
const GROUPED_DIGITS = /^[+-]?\d{1,3}([.,]\d{3})+$/;

/** Returns a column name as this code spells it: `On Hand` is `on_hand`. */
const normalizedName = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');

/** Whether a header may have this name, in any case and with spaces. */
export const isColumnName = (name: string): boolean => KNOWN.includes(normalizedName(name));

/** Returns the header, or its faults. Columns without a name at the end are left out. */
export function readHeader(names: readonly string[]): Header | { readonly faults: string[] } {
  const named = names.slice(0, names.findLastIndex((name) => name.trim() !== '') + 1);
  const columns = named.map(normalizedName);
  const has = (name: string): boolean => columns.includes(name);
  const faults = [
    ...named.flatMap((name, index) => {
      if (isColumnName(name)) return [];
      if (name.trim() === '') return [`has no name for column ${index + 1}`];
      return [`has the unknown column ${quoted(name)}`];
    }),
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

/**
 * Returns the cells of a line as the text that they stand for, without empty ones beyond the header: a
 * spreadsheet writes every line as wide as its widest.
 */
export function cellsOf(cells: readonly string[], { columns }: Header): string[] {
  const isWider = cells.slice(columns.length).some((cell) => cell.trim() !== '');
  return (isWider ? cells : cells.slice(0, columns.length)).map(unescapeFormula);
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

/**
 * Returns the fault of a line such as `burger,1,000` in a file with the columns sku,on_hand,reason: it
 * sets 1 unit for the reason 000, or 1000 units without a reason.
 */
export function splitNumberFaults(
  { columns, change }: Header,
  text: string,
  fields: readonly string[],
): string[] {
  const at = columns.indexOf(change);
  const [units = '', next = ''] = fields.slice(at);
  const isSplit =
    columns[at + 1] === 'reason' &&
    /^[+-]?\d{1,3}$/.test(units) &&
    /^\d{3}$/.test(next) &&
    text.includes(`${units},${next}`);
  if (!isSplit) return [];
  return [
    `can be read as ${change} ${units} with the reason ${next}, or as ${change} ${units}${next} without ` +
      `a reason; write ${units}${next}, or "${next}" in quotes`,
  ];
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
  if (DIGITS.test(text)) return unitsFaults[change](Number(text));
  const isGrouped = GROUPED_DIGITS.test(text);
  const readings = isGrouped ? ` (it can be read as ${readingsOf(text)})` : '';
  return `must be a whole number in digits, such as 12${readings}`;
};

/** Returns `1000 or as 1` for `1.000`. With several groups only one reading is left. */
const readingsOf = (text: string): string => {
  const [first = '', ...groups] = text.split(/[.,]/);
  const grouped = `${first}${groups.join('')}`;
  return groups.length === 1 ? `${grouped} or as ${Number(`${first}.${groups[0]}`)}` : grouped;
};

const quoted = (text: string): string =>
  JSON.stringify(text.length > MAX_QUOTED_LENGTH ? `${text.slice(0, MAX_QUOTED_LENGTH)}…` : text);
