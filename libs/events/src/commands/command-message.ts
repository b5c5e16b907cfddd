import type { IncomingMessage } from '../messaging/message';
import { CommandRejected } from './command-failure';

/** More than any valid command has. */
const MAX_BYTES = 100_000;
const SUPPORTED_VERSION = 1;

/**
 * Returns the JSON object of a command, without its `version`. Throws CommandRejected: MALFORMED if the
 * payload is not one JSON object in UTF-8, UNKNOWN_VERSION if `version` is other than 1.
 */
export const parseCommand = ({ value }: IncomingMessage): Record<string, unknown> => {
  if (value === null) throw new CommandRejected('MALFORMED', 'The message has no payload.');
  if (value.length > MAX_BYTES) {
    throw new CommandRejected('MALFORMED', `The payload is larger than ${MAX_BYTES} bytes.`);
  }
  const { version = SUPPORTED_VERSION, ...command } = parseObject(value);
  if (version !== SUPPORTED_VERSION) {
    throw new CommandRejected(
      'UNKNOWN_VERSION',
      `version must be ${SUPPORTED_VERSION}, not ${JSON.stringify(version)}.`,
    );
  }
  return command;
};

const parseObject = (payload: Buffer): Record<string, unknown> => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch {
    throw new CommandRejected('MALFORMED', 'The payload is not JSON in UTF-8.');
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new CommandRejected('MALFORMED', 'The payload must be one JSON object.');
  }
  return parsed as Record<string, unknown>;
};
