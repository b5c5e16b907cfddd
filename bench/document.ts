import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { projectRoot, ToolError } from '../tools/tool';

const FILE = join(projectRoot, 'docs/results/bench.md');
const BEGIN = '<!-- npm run bench writes from here -->';
const END = '<!-- to here -->';

/** Replaces the text between the marks of the document. */
export const writeTables = async (tables: string): Promise<void> => {
  const before = await readFile(FILE, 'utf8');
  const [begin, end] = [before.indexOf(BEGIN), before.indexOf(END)];
  if (begin < 0 || end < begin) throw new ToolError(`${FILE} has no marks for the tables`);
  const after = `${before.slice(0, begin)}${BEGIN}\n\n${tables}\n\n${before.slice(end)}`;
  const options = await resolveConfig(FILE);
  await writeFile(FILE, await format(after, { ...options, filepath: FILE }));
};
