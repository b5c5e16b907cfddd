import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { eventually } from '../harness/wait';

export interface SampleCall {
  readonly command: string;
  /** The JSON block right below the command, if there is one. */
  readonly response: string | undefined;
}

/** Returns the calls of the README's section "Try it", in their order. */
export const readmeCalls = (file: string): SampleCall[] => {
  const [, section = ''] = readFileSync(file, 'utf8').split(/^## Try it$/m);
  const [body = ''] = section.split(/^## /m);
  return callsIn(body);
};

/** Returns the calls of a page whose first block defines a shorthand that the others use. */
export const pageCalls = (file: string): SampleCall[] => {
  const [shorthand, ...calls] = callsIn(readFileSync(file, 'utf8'));
  return calls.map(({ command, response }) => ({
    command: `${shorthand?.command}${command}`,
    response,
  }));
};

const callsIn = (text: string): SampleCall[] => {
  const blocks = text.matchAll(/```sh\n(.*?)```(?:\n\n```json\n(.*?)```)?/gs);
  return [...blocks].map(([, command = '', response]) => ({ command, response }));
};

/** Returns what the command prints; of a stream, which does not end, the first output. */
export const runCall = ({ command }: SampleCall, cwd: string): Promise<string> =>
  /WatchStock|StreamEvents/.test(command) ? firstOutput(command, cwd) : shell(command, cwd);

export const shell = async (command: string, cwd: string): Promise<string> => {
  const { stdout } = await promisify(execFile)('bash', ['-ec', command], { cwd });
  return stdout;
};

const firstOutput = async (command: string, cwd: string): Promise<string> => {
  const child = spawn('bash', ['-ec', command], {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const closed = once(child, 'close');
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  try {
    await eventually('the stream prints', () => output !== '' || child.exitCode !== null);
  } finally {
    if (child.pid && child.exitCode === null) process.kill(-child.pid, 'SIGINT');
    await closed;
  }
  return output;
};

/** These fields differ in each run. The check covers only their presence. */
const VOLATILE = new Set([
  'id',
  'orderId',
  'reservationId',
  'createdAt',
  'updatedAt',
  'expiresAt',
  'occurredAt',
  'respondedAt',
]);
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** Returns whether the output is the documented response, apart from ids and times. */
export const isDocumented = ({ response }: SampleCall, output: string): boolean =>
  output.trim() !== '' && (response === undefined || stable(output) === stable(response));

const stable = (json: string): string =>
  JSON.stringify(JSON.parse(json.replaceAll(UUID, '…')), (key, value: unknown) =>
    VOLATILE.has(key) ? '…' : value,
  );
