import { readFileSync } from 'node:fs';

export interface SampleCall {
  readonly command: string;
  /** The JSON block right below it, where there is one. */
  readonly answer: string | undefined;
}

const callsIn = (text: string): SampleCall[] => {
  const blocks = text.matchAll(/```sh\n(.*?)```(?:\n\n```json\n(.*?)```)?/gs);
  return [...blocks].map(([, command = '', answer]) => ({ command, answer }));
};

/** The calls of the README's section "Try it", in their order, as they are printed. */
export const readmeCalls = (file: string): SampleCall[] => {
  const [, section = ''] = readFileSync(file, 'utf8').split(/^## Try it$/m);
  const [body = ''] = section.split(/^## /m);
  return callsIn(body);
};

/** The calls of a page whose first block defines a shorthand that the others use. */
export const pageCalls = (file: string): SampleCall[] => {
  const [shorthand, ...calls] = callsIn(readFileSync(file, 'utf8'));
  return calls.map(({ command, answer }) => ({
    command: `${shorthand?.command}${command}`,
    answer,
  }));
};
