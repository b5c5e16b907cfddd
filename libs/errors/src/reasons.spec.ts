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

it('docs/errors.md has a row for every reason, and none for a reason that is not', () => {
  const rows = document.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows).toEqual((Object.keys(REASONS) as Reason[]).map(rowOf));
});
