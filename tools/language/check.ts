/**
 * `npm run lint:language`: checks that replaced names and files are gone, that prose names its actors
 * and that no two classes share a name. Prints a line for each finding, with its remedy, and then exits
 * with code 1.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { findingsInCode } from './code';
import { trackedFiles } from './files';
import { duplicateClasses, type ClassDeclaration } from './classes';
import { BANNED_PHRASES, REPLACED_FILES } from './replaced-names';

const PROSE = /\.(ts|md|proto|ya?ml|cjs|mjs|js|sh)$|^\.ci\/|^\.env\.example$/;
/** Generated, released before, or a list of what is banned. */
const EXEMPT = /(^|\/)generated\/|^proto\/google\/|^tools\/language\/|^CODE_OF_CONDUCT\.md$/;

const fileFindings = (file: string): string[] =>
  REPLACED_FILES.filter((was) =>
    was.includes('/') ? file.startsWith(`${was}/`) : basename(file) === was,
  ).map((was) => `${file}: the name ${was} was replaced; use the standard term`);

const proseFindings = (file: string, text: string): string[] =>
  text.split('\n').flatMap((line, index) =>
    BANNED_PHRASES.flatMap(({ pattern, remedy }) => {
      const found = pattern.exec(line);
      return found ? [`${file}:${index + 1}: "${found[0].trim()}": ${remedy}`] : [];
    }),
  );

const main = (): void => {
  const classes: ClassDeclaration[] = [];
  const findings = trackedFiles()
    .filter((file) => !EXEMPT.test(file))
    .flatMap((file) => {
      const found = fileFindings(file);
      if (!PROSE.test(file)) return found;
      const text = readFileSync(file, 'utf8');
      found.push(...proseFindings(file, text));
      if (file.endsWith('.ts')) found.push(...findingsInCode(file, text, classes));
      return found;
    });
  findings.push(...duplicateClasses(classes));
  for (const finding of findings) console.log(finding);
  console.log(findings.length === 0 ? 'Language: no findings.' : `${findings.length} findings.`);
  if (findings.length > 0) process.exitCode = 1;
};

main();
