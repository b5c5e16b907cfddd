import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './processes';
import { type Log, projectRoot, ToolError } from './tool';

/** The major version of Node that the images ship, and that production should run. */
export const IMAGE_NODE = '24';

const FOLDER = join(projectRoot, 'node_modules/.cache/quickbite');

/** As the packages of npm with the binaries of Node are named. */
const SYSTEMS: Readonly<Record<string, string>> = { win32: 'win' };

/**
 * Returns the path of a Node of this major version: the one that runs this, or else the newest of npm,
 * which is installed below node_modules on first use. Throws a ToolError if it cannot be installed.
 */
export const nodeBinary = async (major: string, log: Log): Promise<string> => {
  if (process.version.startsWith(`v${major}.`)) return process.execPath;
  const name = `node-${SYSTEMS[process.platform] ?? process.platform}-${process.arch}`;
  const folder = join(FOLDER, `node-${major}`);
  const [directory, file] = process.platform === 'win32' ? ['bin', 'node.exe'] : ['bin', 'node'];
  const binary = join(folder, 'node_modules', name, directory, file);
  if (await works(binary, major)) return binary;
  log(`Installing Node ${major} from npm (${name})…`);
  await mkdir(folder, { recursive: true });
  const args = ['install', '--no-save', '--ignore-scripts', '--prefix', folder, `${name}@${major}`];
  const { output } = await run('npm', args, { shell: process.platform === 'win32' });
  if (await works(binary, major)) return binary;
  throw new ToolError(
    `Node ${major} could not be installed from npm as ${name}:\n${output}\n` +
      `Install Node ${major} and run this with it.`,
  );
};

const works = async (binary: string, major: string): Promise<boolean> => {
  const { output } = await run(binary, ['--version']).catch(() => ({ output: '' }));
  return output.startsWith(`v${major}.`);
};
