import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MUTANTS } from './mutants';

const ROOT = join(__dirname, '../..');

it.each(MUTANTS)('there is what to break where $what', ({ file, edits }) => {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const faults = edits
    .map(([find]) => ({ find, count: source.split(find).length - 1 }))
    .filter(({ count }) => count !== 1)
    .map(
      ({ find, count }) =>
        `${file} has this text ${count} times instead of once: ${find}\n` +
        'Change the edit of this mutant in test/mutants/*mutants.ts to the text that the file has now.',
    );
  expect(faults).toEqual([]);
});
