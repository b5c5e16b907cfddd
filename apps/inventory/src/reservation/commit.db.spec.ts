import {
  lockLevel,
  one,
  waitByDatabaseClock,
  awaitBlockedSession,
} from '../../../../test/db/in-process-inventories';
import {
  database,
  here,
  levelOf,
  there,
  useTwoInventories,
} from '../../../../test/db/two-inventories-fixture';
import { movementKinds, recordedState, sweepAll } from '../../../../test/db/holds';
import { givenStock } from '../../../../test/harness/stock';
import { times } from '../../../../test/harness/wait';

const HOUR_MS = 3_600_000;

useTwoInventories();

describe('an extension', () => {
  it('keeps a hold beyond its first expiry, although another basket needs its units', async () => {
    await givenStock(database, 'k', 1);
    const { expiresAt } = await here.reservations.create('k1', one('k'), 60_000);
    const extended = await there.reservations.extend('k1', 2 * HOUR_MS);
    expect(extended.expiresAt?.getTime()).toBeGreaterThan((expiresAt?.getTime() ?? 0) + HOUR_MS);
    expect(await here.reservations.extend('k1', null)).toMatchObject({ expiresAt: null });
    await sweepAll(here);
    expect(await here.reservations.create('k2', one('k'))).toMatchObject({ state: 'REJECTED' });
  });

  it('without an expiry, and a commit in the same group, leave no line that looks due', async () => {
    await givenStock(database, 'q', 5);
    await givenStock(database, 'q-other', 5);
    await here.reservations.create('q1', one('q', 2), 200);
    // Both are queued behind a decision that waits for a lock, so they are decided as one group.
    const rival = await lockLevel(database, 'q-other');
    const first = here.reservations.create('q2', one('q-other'));
    await awaitBlockedSession(database);
    const extended = here.reservations.extend('q1', null);
    const committed = here.reservations.commit('q1');
    await rival.query('rollback');
    await Promise.all([first, extended, committed]);
    await waitByDatabaseClock(database, 250);
    expect(await here.reservations.create('q3', one('q', 9))).toMatchObject({ state: 'REJECTED' });
  });

  it('of an expired, unknown or committed reservation is rejected', async () => {
    await givenStock(database, 'l', 5);
    await here.reservations.create('l1', one('l'), 1);
    await here.reservations.create('l2', one('l'));
    await here.reservations.commit('l2');
    await waitByDatabaseClock(database, 5);
    const reasonOf = (id: string) =>
      here.reservations.extend(id, HOUR_MS).catch((error: unknown) => error);
    expect(await reasonOf('l1')).toMatchObject({ reason: 'RESERVATION_ENDED' });
    expect(await reasonOf('l2')).toMatchObject({ reason: 'RESERVATION_ENDED' });
    expect(await reasonOf('l3')).toMatchObject({ reason: 'RESERVATION_NOT_FOUND' });
    expect(await recordedState(database, 'l1')).toBe('EXPIRED');
  });
});

describe('a commit', () => {
  it('removes the units from stock once', async () => {
    await givenStock(database, 'm', 5);
    await here.reservations.create('m1', one('m', 2));
    const results = await Promise.all(
      times(10, (index) => (index % 2 ? here : there).reservations.commit('m1')),
    );
    expect(results.every(({ state }) => state === 'COMMITTED')).toBe(true);
    expect(await levelOf('m')).toMatchObject({ onHand: 3, reserved: 0 });
    expect(await movementKinds(here, 'm1')).toEqual(['HELD', 'COMMITTED']);
  });

  it('of an unknown reservation is rejected and not recorded', async () => {
    await expect(here.reservations.commit('m2')).rejects.toMatchObject({
      reason: 'RESERVATION_NOT_FOUND',
    });
    expect(await recordedState(database, 'm2')).toBeUndefined();
  });

  it('that waits for a lock until the hold has expired is rejected', async () => {
    await givenStock(database, 'n', 5);
    await here.reservations.create('n1', one('n'), 300);
    const rival = await lockLevel(database, 'n');
    const commit = there.reservations.commit('n1');
    commit.catch(() => undefined);
    await awaitBlockedSession(database);
    await waitByDatabaseClock(database, 350);
    await rival.query('rollback');
    await expect(commit).rejects.toMatchObject({ reason: 'RESERVATION_ENDED' });
    expect(await movementKinds(here, 'n1')).toEqual(['HELD', 'EXPIRED']);
  });

  it('and a sweep that wait for the same lock expire a due hold once', async () => {
    await givenStock(database, 'o', 5);
    await here.reservations.create('o1', one('o'), 1);
    await waitByDatabaseClock(database, 5);
    const rival = await lockLevel(database, 'o');
    const commit = there.reservations.commit('o1');
    commit.catch(() => undefined);
    await awaitBlockedSession(database);
    const sweep = here.decisions.expireDue();
    await awaitBlockedSession(database, 2);
    await rival.query('rollback');
    await expect(commit).rejects.toMatchObject({ reason: 'RESERVATION_ENDED' });
    await sweep;
    expect(await movementKinds(here, 'o1')).toEqual(['HELD', 'EXPIRED']);
  });

  it('races the sweeper at two instances: each hold is either committed or expired', async () => {
    await givenStock(database, 'p', 1_000);
    const ids = times(200, (index) => `p${index}`);
    await Promise.all(
      ids.map((id, index) => here.reservations.create(id, one('p'), 5 + (index % 40))),
    );
    const committing = Promise.allSettled(
      ids.map(async (id, index) => {
        await waitByDatabaseClock(database, index % 40);
        return there.reservations.commit(id);
      }),
    );
    const ended = committing.then(() => true);
    const sweeping = (async () => {
      while (!(await Promise.race([ended, waitByDatabaseClock(database, 1)])))
        await here.decisions.expireDue();
    })();
    const results = await committing;
    await sweeping;
    await waitByDatabaseClock(database, 60);
    await sweepAll(here);
    const kinds: string[][] = [];
    for (const id of ids) kinds.push(await movementKinds(here, id));
    results.forEach(({ status }, index) => {
      const last = status === 'fulfilled' ? 'COMMITTED' : 'EXPIRED';
      expect(kinds[index]).toEqual(['HELD', last]);
    });
    expect(await levelOf('p')).toMatchObject({
      reserved: 0,
      onHand: 1_000 - results.filter(({ status }) => status === 'fulfilled').length,
    });
  });
});
