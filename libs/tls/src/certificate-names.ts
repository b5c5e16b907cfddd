import { LIMITS } from '@app/contracts';

/** One entry of a subject alternative name, as Node writes it: quoted if it has a character of the syntax. */
const ENTRY = /([^:,"]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/y;

/** The kinds of names that identify a service. */
const NAME_KINDS = ['DNS', 'URI'];
/** A name with anything else could forge log lines or the actors of the ledger. */
const VISIBLE = /^[\x21-\x7e]+$/;

/**
 * Returns the DNS names and URIs of the subject alternative name of a certificate, in their order. DNS
 * names are in lower case. Returns none if the text has anything that it cannot interpret.
 */
export const certificateNames = (subjectAltName: string | undefined): readonly string[] => {
  const text = subjectAltName ?? '';
  const names: string[] = [];
  ENTRY.lastIndex = 0;
  while (ENTRY.lastIndex < text.length) {
    const [, kind = '', value = ''] = ENTRY.exec(text) ?? [];
    if (kind === '') return [];
    const name = value.startsWith('"') ? unquoted(value) : value;
    if (NAME_KINDS.includes(kind) && isUsable(name)) names.push(normalizedName(name));
  }
  return names;
};

/** Returns a name in the form in which names are compared: case counts in URIs only. */
export const normalizedName = (name: string): string =>
  name.includes(':') ? name : name.toLowerCase();

const isUsable = (name: string): boolean =>
  VISIBLE.test(name) && name.length <= LIMITS.maxClientNameLength;

const unquoted = (text: string): string => {
  try {
    return String(JSON.parse(text));
  } catch {
    return '';
  }
};

const NAME = /^([A-Za-z0-9_]([A-Za-z0-9_-]*)(\.[A-Za-z0-9_-]+)*|[a-z][a-z0-9+.-]*:[\x21-\x7e]+)$/;
/** Returns what is wrong with the name of a client, with the remedy, or undefined. */
export const clientNameFault = (name: string): string | undefined => {
  const isValid = NAME.test(name) && name.length <= LIMITS.maxClientNameLength;
  return isValid
    ? undefined
    : `must be DNS names or URIs of at most ${LIMITS.maxClientNameLength} characters, such as orders.internal ` +
        'or spiffe://quickbite/orders';
};
