import type { Faults } from './faults';
import type { ClientRecord } from './record';
import { VIOLATION_KINDS, violationLine, type Violations } from './violations';

/** So many violations are told in words. */
const MAX_TOLD = 20;
const NAME_WIDTH = 44;

export type Figure = readonly [name: string, value: string | number];

const byName = (counts: ReadonlyMap<string, number>): Figure[] =>
  [...counts].sort(([one], [other]) => (one < other ? -1 : 1));

const section = (title: string, figures: readonly Figure[]): string[] =>
  figures.length === 0 ? [] : [title, ...figures.map((figure) => `  ${figureLine(figure)}`)];

const figureLine = ([name, value]: Figure): string =>
  `${name.padEnd(NAME_WIDTH)} ${String(value).padStart(10)}`;

export const stormTable = (
  head: readonly Figure[],
  record: ClientRecord,
  faults: Faults,
): string => {
  const lines = [
    ...head.map(figureLine),
    figureLine(['orders placed', record.placements.length]),
    ...section('answers', byName(record.answers)),
    ...section('faults', byName(faults.counts)),
    figureLine(['faults in all', faults.total]),
    figureLine(['left out, target under another fault', faults.skipped]),
    figureLine(['stops that did not end in order', faults.stoppedLate]),
    ...section('failpoints hit', byName(faults.failpointsHit)),
    ...section('failpoints that nobody passed in time', byName(faults.failpointsMissed)),
    ...inFlightAndViolations(record),
  ];
  return lines.join('\n');
};

const inFlightAndViolations = ({
  inFlightSum,
  inFlightDistinct,
  violations,
}: ClientRecord): string[] => [
  figureLine(['orders in flight at a fault, sum', inFlightSum]),
  figureLine(['orders in flight at a fault, distinct', inFlightDistinct]),
  ...VIOLATION_KINDS.map((kind) =>
    figureLine([kind === 'other' ? 'other violations' : kind, violations.counts.get(kind) ?? 0]),
  ),
];

export const violationsInWords = ({ first, total }: Violations): string => {
  const told = first.slice(0, MAX_TOLD).map(violationLine);
  const more = total > told.length ? [`… and ${total - told.length} more`] : [];
  return [...told, ...more].join('\n');
};

const COLUMNS = [20, 8, 12, 24, 12] as const;

const row = (...cells: readonly (string | number)[]): string =>
  cells
    .map((cell, column) => {
      const width = COLUMNS[column] ?? 0;
      return column === 0 ? String(cell).padEnd(width) : String(cell).padStart(width);
    })
    .join('');

/** A line for each failpoint; a violation belongs to the fault that met its order first. */
export const failpointsTable = (
  record: ClientRecord,
  faults: Faults,
  inFlight: ReadonlyMap<string, number>,
): string =>
  [
    row('failpoint', 'kills', 'not passed', 'orders in flight', 'violations'),
    ...[...inFlight].map(([failpoint, orders]) =>
      row(
        failpoint,
        faults.failpointsHit.get(failpoint) ?? 0,
        faults.failpointsMissed.get(failpoint) ?? 0,
        orders,
        record.violations.byFault.get(failpoint) ?? 0,
      ),
    ),
    '',
    figureLine(['orders placed', record.placements.length]),
    ...inFlightAndViolations(record),
  ].join('\n');
