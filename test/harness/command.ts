import { type Log, reportFailure, ToolError } from '../../tools/tool';

/** What the command line asks for by name, of what there is; nothing, where it names nothing. */
export const namesOf = (known: object): readonly string[] => {
  const names = process.argv.slice(2);
  const unknown = names.find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return names;
  throw new ToolError(`There is no ${unknown}. There are: ${Object.keys(known).join(', ')}`);
};

/** Tells how it goes, beside the seconds from now on; apart from the figures, which go to stdout. */
export const progress = (): Log => {
  const startedMs = performance.now();
  return (line) => {
    const seconds = (performance.now() - startedMs) / 1_000;
    console.error(`${seconds.toFixed(0).padStart(5)} s  ${line}`);
  };
};

const COULD_NOT_RUN = 2;

/** Rejects when somebody wants it to end. Not once: npm passes on what the terminal has sent as well. */
export const interrupted = (): Promise<never> => {
  const ended = new Promise<never>((_resolve, reject) => {
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(name, () => reject(new ToolError(`Ended by ${name}.`)));
    }
  });
  // It may come before anything races against it.
  ended.catch(() => undefined);
  return ended;
};

/** Ends this process with `main`, and with it all processes that watch whether this one is there. */
export const runAndExit = (main: () => Promise<void>): void => {
  main().then(
    () => process.exit(),
    (error: unknown) => {
      reportFailure(error);
      process.exit(COULD_NOT_RUN);
    },
  );
};
