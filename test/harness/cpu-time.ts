/**
 * Starts to measure the CPU time of this process; the returned function reads it, in milliseconds. Unlike
 * the time on the clock, it does not grow while other processes use the CPU.
 */
export const startCpuTimer = (): (() => number) => {
  const begin = process.cpuUsage();
  return () => process.cpuUsage(begin).user / 1_000;
};
