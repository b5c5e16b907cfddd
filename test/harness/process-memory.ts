import { readFile } from 'node:fs/promises';

/** `VmRSS` is the resident memory now; `VmHWM` is the most that it has been. */
export type MemoryField = 'VmRSS' | 'VmHWM';

/** Returns the memory of a process in MB, or NaN on a platform without /proc. */
export const memoryMbOf = async (
  pid: number | undefined,
  field: MemoryField = 'VmRSS',
): Promise<number> => {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, kb] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text) ?? [];
  return kb === undefined ? Number.NaN : Math.round(Number(kb) / 1_024);
};
