import { SingleBar } from 'cli-progress';

/** How far a long work has come, told on stderr, so that stdout has results only. */
export interface Progress {
  advance(): void;
  stop(): void;
}

const STEPS = 10;

/** A bar on a terminal; elsewhere, as in a log, a plain line for every tenth. */
export const progressOf = (total: number, stream = process.stderr): Progress =>
  stream.isTTY ? bar(total, stream) : plainLines(total, (line) => stream.write(`${line}\n`));

function bar(total: number, stream: NodeJS.WriteStream): Progress {
  const shown = new SingleBar({
    stream,
    format: '{bar} {percentage} %  {value} of {total} lines  {duration_formatted}',
    hideCursor: true,
    // Ctrl+C is ours to handle: it waits for what is in flight.
    gracefulExit: false,
  });
  shown.start(total, 0);
  return { advance: () => shown.increment(), stop: () => shown.stop() };
}

export function plainLines(total: number, say: (line: string) => void): Progress {
  let done = 0;
  const tenth = (count: number): number => Math.floor((count * STEPS) / total);
  return {
    advance: () => {
      done += 1;
      if (tenth(done) === tenth(done - 1)) return;
      say(`${done} of ${total} lines (${(tenth(done) * 100) / STEPS} %)`);
    },
    stop: () => undefined,
  };
}
