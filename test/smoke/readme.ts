import { readFileSync } from 'node:fs';

interface SampleCall {
  readonly command: string;
  /** The JSON block right below it, where there is one. */
  readonly answer: string | undefined;
}

/** The calls of the section "Try it", in their order, as they are printed. */
export const sampleCalls = (file: string): SampleCall[] => {
  const [, section = ''] = readFileSync(file, 'utf8').split(/^## Try it$/m);
  const [body = ''] = section.split(/^## /m);
  const blocks = body.matchAll(/```sh\n(.*?)```(?:\n\n```json\n(.*?)```)?/gs);
  return [...blocks].map(([, command = '', answer]) => ({ command, answer }));
};
