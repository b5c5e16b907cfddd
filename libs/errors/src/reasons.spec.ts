import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { status as GrpcStatus } from '@grpc/grpc-js';
import { REASONS, type Reason, wireOf } from './reasons';

const document = readFileSync(join(__dirname, '../../../docs/errors.md'), 'utf8');

const rowOf = (reason: Reason): string => {
  const { grpc, http } = wireOf(reason);
  const { meaning, remedy } = REASONS[reason];
  return `| \`${reason}\` | ${http} | ${GrpcStatus[grpc]} | ${meaning} | ${remedy} |`;
};

it('docs/errors.md has the rows of REASONS, in the order of reasons.ts', () => {
  const rows = document.split('\n').filter((line) => line.startsWith('| `'));
  const wanted = (Object.keys(REASONS) as Reason[]).map(rowOf);
  const faults = [
    ...wanted
      .filter((row) => !rows.includes(row))
      .map((row) => `Add to the table of docs/errors.md:\n${row}`),
    ...rows
      .filter((row) => !wanted.includes(row))
      .map((row) => `Delete from the table of docs/errors.md:\n${row}`),
  ];
  expect(faults).toEqual([]);
  expect(rows).toEqual(wanted);
});
