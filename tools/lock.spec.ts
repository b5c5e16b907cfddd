import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { times } from '../test/harness/wait';
import { holderOf } from '../apps/cli/src/instance/lock-holder';
import { tryLock } from './lock';

/** Larger than every pid of Linux. */
const UNUSED_PID = 2 ** 22 + 1;
const STARTERS = 20;

describe('tryLock', () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'quickbite-lock-'));
    file = join(folder, 'lock.json');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  const allAtOnce = () => Promise.all(times(STARTERS, () => tryLock(file, 'test')));

  it('lets exactly one of many starters take a free lock', async () => {
    const attempts = await allAtOnce();
    expect(attempts.filter(({ taken }) => taken)).toHaveLength(1);
  });

  it.each(times(20, (round) => round))(
    'lets exactly one of many starters take the lock of a dead process (round %i)',
    async () => {
      writeFileSync(file, JSON.stringify({ pid: UNUSED_PID, command: 'dead' }));
      const attempts = await allAtOnce();
      expect(attempts.filter(({ taken }) => taken)).toHaveLength(1);
      expect(readdirSync(folder)).toEqual(['lock.json']);
    },
  );

  it('takes the lock after a process died while it removed a stale one', async () => {
    const dead = JSON.stringify({ pid: UNUSED_PID, command: 'dead' });
    writeFileSync(file, dead);
    writeFileSync(`${file}.sweep`, dead);
    const attempts = await allAtOnce();
    expect(attempts.filter(({ taken }) => taken)).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(['lock.json']);
  });

  it('is never read incomplete while its holder publishes', async () => {
    const lock = await tryLock(file, 'test');
    if (!lock.taken) throw new Error('the lock is not taken');
    const metadata = { filler: 'x'.repeat(1_000_000) };
    const publish = async () => {
      for (let round = 0; round < 50; round++) await lock.publish(metadata);
    };
    const read = async () => {
      for (let round = 0; round < 50; round++) {
        expect(await holderOf(file)).toMatchObject({ pid: process.pid });
      }
    };
    await Promise.all([publish(), read(), read()]);
    await lock.release();
    expect(existsSync(file)).toBe(false);
  });
});
