import type { Mutant } from './mutant';

const IMPORT_FILE = 'apps/cli/src/stock/import-file.ts';
const onFile = { file: IMPORT_FILE, project: 'unit', tests: 'stock/import-file.spec' } as const;

/** Guards of the files that `stock import` applies. */
export const IMPORT_MUTANTS: readonly Mutant[] = [
  {
    what: 'import: a delivery that a spreadsheet saved again has another id',
    edits: [['content.update(`${joinFields(fields)}\\n`);', 'content.update(`${text}\\n`);']],
    ...onFile,
  },
  {
    what: 'import: a line that can be read in two ways is applied',
    edits: [['? splitNumberFaults(header, text, fields)', '? []']],
    ...onFile,
  },
  {
    what: 'import: an escaped SKU is another SKU',
    file: 'apps/cli/src/stock/import-row.ts',
    edits: [['.map(unescapeFormula)', '.slice()']],
    project: 'unit',
    tests: 'stock/import-file.spec',
  },
];
