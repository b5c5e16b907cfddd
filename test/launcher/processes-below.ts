import { readdir, readFile, readlink } from 'node:fs/promises';

export interface SeenProcess {
  readonly pid: number;
  readonly commandLine: string;
}

/** The processes that work in one of the folders, or were started with something of theirs. */
export const processesBelow = async (folders: readonly string[]): Promise<SeenProcess[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const seen = await Promise.all(pids.filter((pid) => pid !== process.pid).map(look));
  return seen
    .filter(({ workingFolder, commandLine }) =>
      folders.some((folder) => workingFolder.startsWith(folder) || commandLine.includes(folder)),
    )
    .map(({ pid, commandLine }) => ({ pid, commandLine }));
};

/** What has ended meanwhile has nothing to show any more. */
const look = async (pid: number) => {
  const workingFolder = await readlink(`/proc/${pid}/cwd`).catch(() => '');
  const raw = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return { pid, workingFolder, commandLine: raw.replaceAll('\0', ' ').trim() };
};

export const shown = (processes: readonly SeenProcess[]): string =>
  processes.map(({ pid, commandLine }) => `${pid} ${commandLine}`).join('\n');
