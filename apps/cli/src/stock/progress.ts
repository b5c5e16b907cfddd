import { SingleBar } from 'cli-progress';

/** Reports the progress of a long task on stderr, so that stdout has results only. */
export interface Progress {
  advance(): void;
  stop(): void;
}

const STEPS = 10;

/** Shows a bar on a terminal. Elsewhere, such as in a log, it writes a line for every tenth. */
export const createProgress = (total: number, stream = process.stderr): Progress =>
  stream.isTTY ? bar(total, stream) : progressLines(total, (line) => stream.write(`${line}\n`));

function bar(total: number, stream: NodeJS.WriteStream): Progress {
  const shown = new SingleBar({
    stream,
    format: '{bar} {percentage} %  {value} of {total} lines  {duration_formatted}',
    hideCursor: true,
    // The import handles Ctrl+C itself: it waits for the calls in flight.
    gracefulExit: false,
  });
  shown.start(total, 0);
  return { advance: () => shown.increment(), stop: () => shown.stop() };
}

export function progressLines(total: number, write: (line: string) => void): Progress {
  let done = 0;
  const tenth = (count: number): number => Math.floor((count * STEPS) / total);
  return {
    advance: () => {
      done += 1;
      if (tenth(done) === tenth(done - 1)) return;
      write(`${done} of ${total} lines (${(tenth(done) * 100) / STEPS} %)`);
    },
    stop: () => undefined,
  };
}
