import { type Log, reportFailure, ToolError } from '../../tools/tool';

/** Returns the names on the command line. Fails where one is not a key of `known`. */
export const namesOf = (known: object): readonly string[] => {
  const names = process.argv.slice(2);
  const unknown = names.find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return names;
  throw new ToolError(`Unknown name ${unknown}. Known names: ${Object.keys(known).join(', ')}`);
};

/** Logs to stderr with the elapsed seconds. Figures go to stdout. */
export const progress = (): Log => {
  const startedMs = performance.now();
  return (line) => {
    const seconds = (performance.now() - startedMs) / 1_000;
    console.error(`${seconds.toFixed(0).padStart(5)} s  ${line}`);
  };
};

const COULD_NOT_RUN = 2;

/** Rejects at the first signal to stop. Signals may come twice: npm passes on what the terminal sends. */
export const interrupted = (): Promise<never> => {
  const ended = new Promise<never>((_resolve, reject) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(name, () => reject(new ToolError(`Stopped by ${name}.`)));
    }
  });
  // The signal may come before any code awaits it.
  ended.catch(() => undefined);
  return ended;
};

/** The last line of a run that has no result: neither met nor missed goals are known. */
const NOT_RUN = 'FAIL: the run did not reach its end, for the reason above.';

/** Exits with `main`. All child processes stop when their parent is gone. */
export const runAndExit = (main: () => Promise<void>): void => {
  main().then(
    () => process.exit(),
    (error: unknown) => {
      reportFailure(error);
      console.log(NOT_RUN);
      process.exit(COULD_NOT_RUN);
    },
  );
};
