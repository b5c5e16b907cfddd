import type { ApiKeySettings } from '@app/access';
import { inForm, nameFault, type Scope, SCOPES } from '@app/contracts';
import { UsageError } from '../command-line/command-error';
import { validated } from '../command-line/values';

const MAX_NAME_LENGTH = 200;
const MAX_SUBJECT_LENGTH = 128;
const DAY_MS = 86_400_000;
const MAX_TIME_MS = Date.UTC(10_000, 0);

/** Options of `keys create`, as commander parses them. */
export interface CreateOptions {
  readonly name: string;
  readonly subject: string;
  readonly scope: readonly string[];
  readonly expires?: string;
}

/** Returns the text of an option in the form in which Orders stores text. Throws a UsageError. */
const composed = (option: string, text: string, maxLength: number): string =>
  inForm('NFC', validated(option, text, nameFault(maxLength)));

/** Returns the key that the options ask for. Throws a UsageError that states the fault. */
export function keyRequestFrom(options: CreateOptions, nowMs: number): ApiKeySettings {
  const { name, subject, scope, expires } = options;
  return {
    name: composed('--name', name, MAX_NAME_LENGTH),
    subject: composed('--subject', subject, MAX_SUBJECT_LENGTH),
    scopes: scopesFrom(scope),
    expiresAt: expires === undefined ? null : expiryFrom(expires, nowMs),
  };
}

const isScope = (word: string): word is Scope => (SCOPES as readonly string[]).includes(word);

function scopesFrom(words: readonly string[]): readonly Scope[] {
  const scopes = words.map((word) => {
    if (isScope(word)) return word;
    throw new UsageError(`--scope must be one of ${SCOPES.join(', ')}, but it is "${word}".`);
  });
  return [...new Set(scopes)];
}

function expiryFrom(text: string, nowMs: number): Date {
  const [, days] = /^(\d{1,5})d$/.exec(text) ?? [];
  const expiresAtMs = days === undefined ? Date.parse(text) : nowMs + Number(days) * DAY_MS;
  if (expiresAtMs > nowMs && expiresAtMs < MAX_TIME_MS) return new Date(expiresAtMs);
  throw new UsageError(
    `--expires must be a number of days such as 90d, or a time in the future such as 2027-11-29T08:30:00Z, but it is "${text}".`,
  );
}
