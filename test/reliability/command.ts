import { type Log, ToolError } from '../../tools/tool';

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
