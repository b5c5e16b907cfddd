import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mutant } from './mutant';
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

const SPECS = ['apps', 'libs', 'tools', 'test', 'bench'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.spec.ts'))
    .map((file) => `${folder}/${file}`),
);

const projectOf = (spec: string): Mutant['project'] => {
  if (spec.endsWith('.slow.spec.ts')) return 'slow';
  if (spec.startsWith('test/long/')) return 'long';
  if (spec.startsWith('test/e2e/')) return 'e2e';
  return spec.endsWith('.db.spec.ts') ? 'db' : 'unit';
};

it.each(MUTANTS)('there are tests of its project where $what', ({ project, tests }) => {
  const ofProject = SPECS.filter((spec) => projectOf(spec) === project);
  expect(ofProject.filter((spec) => new RegExp(tests).test(spec))).not.toEqual([]);
});
