import { FAILPOINTS } from '@app/runtime';
import { type Fault, MEMBERS, membersWith, PROXIES, scheduleOf } from './schedule';

const HOUR_S = 3_600;

const kindsOf = (faults: readonly Fault[]) => new Set(faults.map(({ kind }) => kind));

describe('the schedule of faults', () => {
  it('is the same for the same seed', () => {
    expect(scheduleOf(7, 600)).toEqual(scheduleOf(7, 600));
  });

  it('differs for every seed, also for adjacent seeds', () => {
    const kinds = [0, 1, 2, 3].map((seed) =>
      scheduleOf(seed, 120)
        .map(({ fault }) => fault.kind)
        .join(),
    );
    expect(new Set(kinds).size).toBe(4);
  });

  it('begins with the same faults in a longer run', () => {
    const short = scheduleOf(7, 60);
    expect(scheduleOf(7, 600).slice(0, short.length)).toEqual(short);
  });

  it('is sorted by time and within the duration', () => {
    const times = scheduleOf(7, 600).map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((one, other) => one - other));
    expect(Math.max(...times)).toBeLessThan(600_000);
  });

  it('contains every kind of fault, every process, every proxy and every failpoint', () => {
    const faults = scheduleOf(7, HOUR_S).map(({ fault }) => fault);
    expect(kindsOf(faults)).toEqual(
      new Set(['kill', 'stop', 'stall', 'failpoint', 'network', 'postgres', 'outage']),
    );
    const seen = new Set(faults.flatMap((fault): unknown[] => Object.values(fault)));
    for (const target of [...MEMBERS, ...PROXIES, ...FAILPOINTS]) expect(seen).toContain(target);
  });

  it('uses a failpoint only in a service that passes it', () => {
    for (const { fault } of scheduleOf(7, HOUR_S)) {
      if (fault.kind === 'failpoint') expect(membersWith(fault.failpoint)).toContain(fault.member);
    }
    expect(membersWith('decision.locked')).toEqual(['inventory-1', 'inventory-2']);
    expect(membersWith('create.unsent')).toEqual(['orders-1', 'orders-2']);
  });

  it('stalls a process for 0.1 to 5 s', () => {
    const stalls = scheduleOf(7, HOUR_S).flatMap(({ fault }) =>
      fault.kind === 'stall' ? [fault.forMs] : [],
    );
    expect(Math.min(...stalls)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...stalls)).toBeLessThanOrEqual(5_000);
  });
});
