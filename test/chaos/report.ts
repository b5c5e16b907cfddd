import {
  type Figure,
  figureTable,
  formatNumber,
  markdownTable,
  measured,
  zero,
} from '../harness/figures';
import { explainRows } from '../harness/row-meanings';
import type { Faults } from './faults';
import type { ClientRecord } from './record';
import { formatViolation, VIOLATION_KINDS, type Violations } from './violations';

const MAX_SHOWN = 20;

const ANSWERS_EXPLAINED =
  '- A row of answers: how often a kind of request got an HTTP status and reason. `reuse` is a key with\n' +
  '  another body, which must be 422; `read` is a GET; a request without an answer met a fault.';
const FAULTS_EXPLAINED =
  '- A row of faults: how often a process, the network or Postgres was disturbed in this way.';
const FAILPOINTS_EXPLAINED =
  '- A failpoint is a place between two steps of the code at which a process was killed or frozen. One\n' +
  '  that no process passed in time proves nothing.';

const figuresByName = (counts: ReadonlyMap<string, number>): Figure[] =>
  [...counts]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, count]) => measured(name, formatNumber(count)));

const section = (title: string, figures: readonly Figure[]): string[] =>
  figures.length === 0 ? [] : [figureTable(title, figures), explainRows(figures)].filter(Boolean);

const ordersPlaced = ({ placements }: ClientRecord): Figure =>
  measured('orders placed', formatNumber(placements.length));

/** The figures of a run with random faults, as Markdown. */
export const formatRandomFaults = (
  head: readonly Figure[],
  record: ClientRecord,
  faults: Faults,
): string => {
  const totals = [
    measured('all faults', formatNumber(faults.total)),
    measured('skipped, target under another fault', formatNumber(faults.skipped)),
    measured('stops that did not end in order', formatNumber(faults.stoppedLate)),
  ];
  const sections = [
    ...section('Run', [...head, ordersPlaced(record)]),
    ...section('Answers', figuresByName(record.answers)),
    ANSWERS_EXPLAINED,
    ...section('Faults', [...figuresByName(faults.counts), ...totals]),
    FAULTS_EXPLAINED,
    ...section('Failpoints hit', figuresByName(faults.failpointsHit)),
    ...section('Failpoints not passed in time', figuresByName(faults.failpointsMissed)),
    FAILPOINTS_EXPLAINED,
    ...section('Checks', checkFigures(record)),
  ];
  return sections.join('\n\n');
};

const checkFigures = ({ inFlightSum, inFlightDistinct, violations }: ClientRecord): Figure[] => [
  measured('orders in flight at a fault, sum', formatNumber(inFlightSum)),
  measured('orders in flight at a fault, distinct', formatNumber(inFlightDistinct)),
  ...VIOLATION_KINDS.map((kind) =>
    zero(kind === 'other' ? 'other violations' : kind, violations.counts.get(kind) ?? 0),
  ),
];

/** One row for each failpoint. A violation belongs to the first fault that met its order in flight. */
export const formatFailpoints = (
  record: ClientRecord,
  faults: Faults,
  inFlight: ReadonlyMap<string, number>,
): string => {
  const count = (counts: ReadonlyMap<string, number>, name: string): string =>
    formatNumber(counts.get(name) ?? 0);
  const rows = [...inFlight].map(([failpoint, orders]) => [
    failpoint,
    count(faults.failpointsHit, failpoint),
    count(faults.failpointsMissed, failpoint),
    formatNumber(orders),
    count(record.violations.byFault, failpoint),
  ]);
  return [
    markdownTable(['Failpoint', 'kills', 'not passed', 'orders in flight', 'violations'], rows),
    FAILPOINTS_EXPLAINED,
    ...section('Checks', [ordersPlaced(record), ...checkFigures(record)]),
  ].join('\n\n');
};

/** The first violations, one line each. */
export const formatViolations = ({ first, total }: Violations): string => {
  const shown = first.slice(0, MAX_SHOWN).map(formatViolation);
  const more = total > shown.length ? [`… and ${total - shown.length} more`] : [];
  return [...shown, ...more].join('\n');
};

/** The last line of a run: PASS, or FAIL with the number of violations by kind. */
export const formatVerdict = ({ counts, total }: Violations): string => {
  if (total === 0) return 'PASS: no violations.';
  const kinds = [...counts].map(([kind, count]) => `${kind} ${formatNumber(count)}`);
  const noun = total === 1 ? 'violation' : 'violations';
  return `FAIL: ${formatNumber(total)} ${noun} (${kinds.join(', ')}).`;
};
