import type { TextFormat } from './csv-lines';
import { nameOfSeparator, type Separator, SEPARATORS, splitFields } from './csv-fields';
import { ALLOWED_COLUMNS, type Header, isColumnName, readHeader } from './import-row';

/** How a file is written: its text, and what separates and names its fields. */
export interface Dialect extends TextFormat {
  /** Undefined until the header is read. */
  separator?: Separator;
  columns?: readonly string[];
}

export const newDialect = (): Dialect => ({
  encoding: 'UTF-8',
  hasByteOrderMark: false,
  lineEnds: new Set(),
});

/** Returns such as `UTF-8 with a byte order mark, semicolons (;), CRLF; columns sku, on_hand`. */
export function formatDialect(dialect: Dialect): string {
  const { encoding, hasByteOrderMark, separator, lineEnds, columns } = dialect;
  return [
    encoding + (hasByteOrderMark ? ' with a byte order mark' : ''),
    ...(separator === undefined ? [] : [`fields separated by ${nameOfSeparator(separator)}`]),
    ...(lineEnds.size === 0 ? [] : [`lines ended by ${[...lineEnds].join(' and ')}`]),
    ...(columns === undefined ? [] : [`columns ${columns.join(' ')}`]),
  ].join(', ');
}

/** The first line of a file may declare its separator for a spreadsheet: `sep=;`. */
const DECLARATION = /^\s*"?sep=(.?)"?[,;\t ]*$/iu;

/** A declared separator, or why it cannot be used. */
export type Declaration = { readonly separator: Separator } | { readonly fault: string };

/** Returns undefined if the line is not a declaration. */
export function readDeclaration(text: string): Declaration | undefined {
  const declared = DECLARATION.exec(text)?.[1];
  if (declared === undefined) return undefined;
  const separator = SEPARATORS.find((each) => each === declared);
  if (separator !== undefined) return { separator };
  return {
    fault: `declares the separator ${JSON.stringify(declared)}; use sep=, or sep=; or sep= and a tab`,
  };
}

/** A header and the separator of its file, or why they are not certain. */
export type HeaderReading =
  { readonly header: Header; readonly separator: Separator } | { readonly fault: string };

interface Reading {
  readonly separator: Separator;
  readonly fields: readonly string[];
  readonly result: Header | { readonly faults: readonly string[] };
}

/**
 * Determines the separator by the header, whose names are known and contain no separator. A declared
 * separator must agree with it.
 */
export function readDialect(text: string, declared?: Separator): HeaderReading {
  const readings = SEPARATORS.flatMap((separator) => readingOf(text, separator));
  const valid = readings.find(({ result }) => !('faults' in result));
  if (valid && !('faults' in valid.result)) {
    if (declared !== undefined && declared !== valid.separator) {
      return {
        fault:
          `is separated by ${nameOfSeparator(valid.separator)}, but line 1 declares ` +
          `${nameOfSeparator(declared)}; correct or remove line 1`,
      };
    }
    return { header: valid.result, separator: valid.separator };
  }
  return { fault: headerFault(text, readings, declared) };
}

function readingOf(text: string, separator: Separator): Reading[] {
  const split = splitFields(text, separator);
  if ('fault' in split) return [];
  return [{ separator, fields: split.fields, result: readHeader(split.fields) }];
}

function headerFault(text: string, readings: readonly Reading[], declared?: Separator): string {
  const several = readings.filter(({ fields }) => fields.length > 1);
  const plausible = several.filter(({ fields }) => fields.some(isColumnName));
  if (declared === undefined && plausible.length > 1) {
    const readable = plausible.map(
      ({ separator, fields }) =>
        `with ${nameOfSeparator(separator)} its columns are ${fields.map((each) => JSON.stringify(each)).join(' ')}`,
    );
    return `mixes separators: ${readable.join('; ')}. Use one separator. ${ALLOWED_COLUMNS}`;
  }
  const best =
    readings.find(({ separator }) => separator === declared) ??
    plausible[0] ??
    several[0] ??
    readings[0];
  if (best === undefined) {
    const split = splitFields(text, declared ?? ',');
    return 'fault' in split ? split.fault : ALLOWED_COLUMNS;
  }
  const faults = 'faults' in best.result ? best.result.faults : [];
  return `${faults.join(', ')}. ${ALLOWED_COLUMNS}`;
}

/** Returns whether a line with a wrong number of fields has the right one with another separator. */
export function otherSeparatorHints(text: string, separator: Separator, fields: number): string[] {
  return SEPARATORS.filter((each) => {
    const split = splitFields(text, each);
    return each !== separator && 'fields' in split && split.fields.length === fields;
  }).map(
    (other) =>
      `read with ${nameOfSeparator(other)} it has ${fields}, but the header has ` +
      `${nameOfSeparator(separator)}; use one separator in the file`,
  );
}
