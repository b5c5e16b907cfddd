import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MUTANTS } from './mutants';

const ROOT = join(__dirname, '../..');

it.each(MUTANTS)('there is what to break where $what', ({ file, edits }) => {
  const source = readFileSync(join(ROOT, file), 'utf8');
  for (const [find] of edits) expect(source.split(find)).toHaveLength(2);
});
