import { type Failpoint, FAILPOINTS } from '@app/runtime';
import { Random } from '../harness/random';

export const MEMBERS = ['orders-1', 'orders-2', 'inventory-1', 'inventory-2'] as const;
export type MemberName = (typeof MEMBERS)[number];

/** Each TCP proxy has the name of what it stands before. */
export const PROXIES = [
  'inventory-1',
  'inventory-2',
  'orders-database',
  'inventory-database',
] as const;
export type ProxyName = (typeof PROXIES)[number];

export const NETWORK_FAULTS = ['delay', 'freeze', 'reset', 'cut'] as const;

/** One fault and its duration. `nth` is the passing of the failpoint at which it happens. */
export type Fault =
  | { readonly kind: 'kill'; readonly member: MemberName; readonly forMs: number }
  | { readonly kind: 'stop'; readonly member: MemberName; readonly forMs: number }
  | { readonly kind: 'stall'; readonly member: MemberName; readonly forMs: number }
  | {
      readonly kind: 'failpoint';
      readonly member: MemberName;
      readonly failpoint: Failpoint;
      readonly nth: number;
      readonly action: 'die' | 'stall';
      readonly forMs: number;
    }
  | {
      readonly kind: 'network';
      readonly proxy: ProxyName;
      readonly mode: (typeof NETWORK_FAULTS)[number];
      readonly delayMs: number;
      readonly forMs: number;
    }
  | { readonly kind: 'postgres' }
  | { readonly kind: 'outage'; readonly forMs: number };

export interface ScheduledFault {
  readonly atMs: number;
  readonly fault: Fault;
}

/** Relative frequencies. A restart of Postgres affects all processes, so it is the rarest. */
const WEIGHTS = {
  kill: 20,
  stop: 8,
  stall: 15,
  failpoint: 35,
  network: 20,
  postgres: 3,
  outage: 4,
} as const satisfies Record<Fault['kind'], number>;

/** No order is in flight before this time. */
const FIRST_AT_MS = 2_000;
/** The share of longer breaks, in which the system recovers and the recovery is tested. */
const REST_SHARE = 0.2;

/** The processes that pass a failpoint. */
export const membersWith = (failpoint: Failpoint): readonly MemberName[] =>
  failpoint.startsWith('decision.') ? ['inventory-1', 'inventory-2'] : ['orders-1', 'orders-2'];

/** The same seed returns the same faults at the same times. A longer run begins like a shorter one. */
export const scheduleOf = (seed: number, seconds: number): ScheduledFault[] => {
  const random = new Random(seed);
  const schedule: ScheduledFault[] = [];
  for (let atMs = FIRST_AT_MS; atMs < seconds * 1_000;) {
    schedule.push({ atMs, fault: nextFault(random) });
    atMs += random.chance(REST_SHARE) ? random.between(2_000, 6_000) : random.between(100, 1_500);
  }
  return schedule;
};

const nextFault = (random: Random): Fault => {
  const kind = random.weighted(WEIGHTS);
  switch (kind) {
    case 'kill':
      return { kind, member: random.pick(MEMBERS), forMs: random.between(0, 2_000) };
    case 'stop':
      return { kind, member: random.pick(MEMBERS), forMs: random.between(0, 1_000) };
    case 'stall':
      return { kind, member: random.pick(MEMBERS), forMs: random.between(100, 5_000) };
    case 'failpoint':
      return failpointFault(random);
    case 'network':
      return {
        kind,
        proxy: random.pick(PROXIES),
        mode: random.pick(NETWORK_FAULTS),
        delayMs: random.between(20, 800),
        forMs: random.between(100, 4_000),
      };
    case 'postgres':
      return { kind };
    case 'outage':
      return { kind, forMs: random.between(1_000, 5_000) };
  }
};

const failpointFault = (random: Random): Fault => {
  const failpoint = random.pick(FAILPOINTS);
  return {
    kind: 'failpoint',
    member: random.pick(membersWith(failpoint)),
    failpoint,
    nth: random.between(1, 10),
    action: random.chance(0.7) ? 'die' : 'stall',
    forMs: random.between(100, 4_000),
  };
};

/** The name under which a fault is counted. */
export const nameOf = (fault: Fault): string => {
  switch (fault.kind) {
    case 'failpoint':
      return `${fault.action} at a failpoint`;
    case 'network':
      return `network ${fault.mode}`;
    case 'kill':
    case 'stop':
    case 'stall':
      return `${fault.kind} ${fault.member.startsWith('orders') ? 'Orders' : 'Inventory'}`;
    case 'postgres':
      return 'restart Postgres';
    case 'outage':
      return 'both Inventories down';
  }
};

export const scheduleLine = ({ atMs, fault }: ScheduledFault): string => {
  const { kind, ...details } = fault;
  const words = Object.entries(details).map(([name, value]) => `${name}=${value}`);
  return `${(atMs / 1_000).toFixed(1).padStart(7)} s  ${[kind, ...words].join(' ')}`;
};
