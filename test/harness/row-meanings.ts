import type { Figure } from './figures';

/** What a row of a result says, by the name of the row. The first pattern that matches counts. */
const MEANINGS: readonly (readonly [name: RegExp, meaning: string])[] = [
  // Checks of the data, in every command.
  [
    /differences that `verify` finds$/,
    'contradictions in and between the databases afterwards (npm run verify)',
  ],
  [/^wrong answers/, 'responses with another status or another content than the request must have'],
  [
    /units gone from the stock$/,
    'units that the database lost, which must be those of the accepted requests (the goal)',
  ],
  [
    /^acknowledged orders lost$/,
    'orders that got 201 or 202 and are not in the database afterwards, or are cancelled',
  ],

  // Events.
  [
    /^(with events against without|secured against open)/,
    'the first, in requests per second, as a multiple of the second',
  ],
  [/^events that the follower got/, 'events of the stream GET /v1/events at half load'],
  [
    /^from a transaction to the follower/,
    'from the begin of the transaction of a change to the arrival of its event at a client',
  ],

  // Chaos.
  [/^oversold$/, 'more units are held than exist, or a CONFIRMED order has no units'],
  [/^leaked$/, 'units are held or committed for an order that must have none, or for no order'],
  [/^lost$/, 'an acknowledged order is missing, or was cancelled without a request'],
  [/^duplicated$/, 'a key, or a request without one, has two orders'],
  [/^left undecided$/, 'an order is unfinished after 90 s without faults, or is parked'],
  [/^other violations$/, 'anything else that must not happen; a line below says what'],
  [
    /^orders in flight at a fault, sum$/,
    'unfinished orders and unanswered requests, added up over all faults; few of them show little',
  ],
  [/^orders in flight at a fault, distinct$/, 'the same, but each order counts once'],
  [/^all faults$/, 'faults that were injected'],
  [
    /^skipped, target under another fault$/,
    'faults that were left out, since both instances had one',
  ],
  [/^stops that did not end in order$/, 'processes that had to be killed after SIGTERM'],
  [/^seed$/, 'repeats the faults of this run: npm run test:chaos -- --seed'],
  [/^seconds$/, 'how long orders were placed under faults'],

  // Resilience.
  [/^orders (placed|acknowledged)$/, 'how many orders the figures are based on'],
  [/^requests$/, 'how many requests the figures are based on'],
  [/^(switch|restarts)/, 'how often it happened during the load'],
  [
    /^answers of 5xx and lost answers$/,
    'requests that failed for the client; an outage of Inventory must cause none',
  ],
  [/^failed requests$/, 'responses of 4xx and 5xx, and lost ones'],
  [/^failures before the restarts$/, 'requests that failed although nothing was restarted'],
  [/^other failures$/, 'requests without a response, or with another status than 2xx, 409 and 503'],
  [/answered PENDING/, 'orders that got 202, and are decided later'],
  [/^p99 (before|while)/, '99 of 100 orders got their response within this time'],
  [
    /^p99 after detection, against before$/,
    'how much slower responses are once Orders knows that Inventory is unavailable',
  ],
  [/^p99 of (confirmed )?orders/, '99 of 100 orders got their response within this time'],
  [/: p99 of confirmed orders$/, '99 of 100 confirmed orders got their response within this time'],
  [/^slowest order$/, 'the longest time until a response'],
  [
    /^first (CONFIRMED|success) after/,
    'the time from the return of the part that failed to the first order that succeeds',
  ],
  [
    /^finally CONFIRMED$/,
    'the share of the orders that were CONFIRMED, at once or after the outage',
  ],
  [/^migration after the reader has ended$/, 'how long the migration takes once nothing blocks it'],
  [/^orders that waited$/, 'orders that were PENDING when Inventory returned'],
  [/^finished by one instance$/, 'how fast one reconciler works off the backlog'],
  [/^not CONFIRMED$/, 'orders of the backlog that did not become CONFIRMED'],
  [/^peak, with/, 'CONFIRMED orders per second at the load with the highest rate'],
  [
    /: goodput against the peak$/,
    'CONFIRMED orders per second under overload, as a share of the peak',
  ],
  [/: rejected as OVERLOADED$/, 'requests that got 503 at once'],
  [
    /^memory of Orders after the last round, against the first$/,
    'growth; a leak would add up over the rounds',
  ],
  [
    /^buyers .*refused or without an answer$/,
    'buyers that got neither an order nor the response that it is sold out',
  ],
  [/^buyers .*: p99$/, '99 of 100 buyers got their response within this time'],
  [/^buyers /, 'the responses of the buyers by HTTP status'],
  [/^sold of /, 'units of CONFIRMED orders'],
  [/that were not sold, or sold twice$/, 'the difference of the units of CONFIRMED orders'],
  [/^health checks$/, 'how many checks the two rows below are based on'],
  [/^failed health checks/, 'checks that an orchestrator would count against the service'],
  [/^orders alone$/, 'orders per second without readers'],
  [/^orders beside the readers$/, 'orders per second with them'],
  [/^orders beside the readers, against alone$/, 'the share of the orders that readers leave'],
  [/reads (answered|rejected)$/, 'reads per second that got data, or that were rejected at once'],
  [/reads that failed otherwise$/, 'reads that got neither data nor a rejection'],
  [/^NOT RUN$/, 'a program is missing on this machine; nothing was measured'],

  // Bench.
  [
    /^cores that other programs used/,
    'a high value makes all other rows of the scenario unreliable',
  ],
  [
    /^p50 of a single client$/,
    'the median response time of one client, as a multiple of the tutorial',
  ],
  [/^p99, /, 'the response time of 99 of 100 requests, as a ratio of the two named'],
  [/^time to write the dataset$/, 'preparation, not measured'],
  [/^the peak$/, 'requests per second with as many clients as help'],
  [/^(Orders|Inventory), CPU /, 'processor time without requests, as a share of one core'],
  [/^(Orders|Inventory), /, 'memory without requests'],
  [/^Orders and Inventory, right after/, 'memory of the two services under work'],
  [/^npm start to the first order/, 'the time from the command to the first CONFIRMED order'],
  [
    /orders in the table$/,
    'orders that the baseline stored, which must be those it accepted (the goal)',
  ],
  [/\(no goal on /, 'the ratio of the first to the second, which needs more cores to be judged'],
  [/ against /, 'the first, in requests per second, as a multiple of the second'],
];

/** Returns what a row says. Undefined for a row that is named at runtime, such as a status. */
export const meaningOf = (name: string): string | undefined =>
  MEANINGS.find(([pattern]) => pattern.test(name))?.[1];

/** Explains each row, as a list in Markdown. Rows with the same meaning share an entry. */
export const explainRows = (figures: readonly Figure[]): string => {
  const names = new Map<string, string[]>();
  for (const { name } of figures) {
    const meaning = meaningOf(name);
    if (meaning !== undefined) names.set(meaning, [...(names.get(meaning) ?? []), name]);
  }
  return [...names].map(([meaning, rows]) => `- ${rows.join('; ')}: ${meaning}.`).join('\n');
};
