import type { IncomingMessage } from '@app/events';
import type { MessageExample } from './document';

/** Ids in place of those that a run has made, in the order in which they appear. */
const IDS = [
  '01a205e9-7f9d-7672-84c8-648a6e3200e2',
  '01a205e9-8a31-7c05-9b1f-2f6d0c1a4e55',
  '01a205e9-9c44-7d3b-8e7a-5b0e8d2f6a11',
];
const TIME = '2026-11-23T12:00:00.000Z';
const MICROSECONDS = '1795435200000000';
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/**
 * Returns a message as an example. Ids, times and places of messages, which differ between two runs, become the
 * same ones.
 */
export const exampleOf = ({ headers, value }: IncomingMessage): MessageExample => {
  const texts = Object.fromEntries([...headers].map(([name, text]) => [name, text.toString()]));
  const payload: unknown = value === null ? null : JSON.parse(value.toString());
  const example = { ...(headers.size > 0 && { headers: texts }), payload };
  return JSON.parse(normalized(JSON.stringify(example))) as MessageExample;
};

const normalized = (text: string): string => {
  const ids = new Map<string, string>();
  const idOf = (id: string): string => {
    const known = ids.get(id) ?? IDS[ids.size];
    if (known === undefined) throw new Error('The example has more ids than IDS');
    ids.set(id, known);
    return known;
  };
  return text
    .replace(UUID, idOf)
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, TIME)
    .replace(/\.(low|replenished|disabled)\.\d+/g, `.$1.${MICROSECONDS}`)
    .replace(/("ce_logposition":)"\d+"/, '$1"42"')
    .replace(/("dlq-original-partition":)"\d+"/, '$1"3"')
    .replace(/("dlq-original-offset":)"\d+"/, '$1"17"')
    .replace(/("dlq-resolves":"[^/]+)\/\d+\/\d+"/, '$1/0/17"');
};
