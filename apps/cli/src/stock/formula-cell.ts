/** A spreadsheet executes a cell that begins with one of these. */
const FORMULA = /^'*[=+\-@\t\r]/;
const ESCAPED_FORMULA = /^'+[=+\-@\t\r]/;

/** Returns the text of a cell that a spreadsheet shows instead of executing it. */
export const escapeFormula = (cell: string): string => (FORMULA.test(cell) ? `'${cell}` : cell);

/** Returns the text that `escapeFormula` was called with. */
export const unescapeFormula = (cell: string): string =>
  ESCAPED_FORMULA.test(cell) ? cell.slice(1) : cell;
