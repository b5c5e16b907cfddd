import { setTimeout as sleep } from 'node:timers/promises';
import type { Excuse, Excuses } from './excuses';
import type { Fleet } from './fleet';
import type { ClientRecord } from './record';
import { type Fault, type MemberName, nameOf } from './schedule';

const isOrders = (name: MemberName): boolean => name.startsWith('orders');

/** Does to the fleet what the schedule says, and counts it. */
export class Faults {
  readonly counts = new Map<string, number>();
  readonly failpointsHit = new Map<string, number>();
  readonly failpointsMissed = new Map<string, number>();
  /** Of what was not done, since its target was under another fault. */
  skipped = 0;
  /** Stops that took longer than a service may, each under another fault as well. */
  stoppedLate = 0;
  private readonly networkFaults = new Set<string>();

  constructor(
    private readonly fleet: Fleet,
    private readonly record: ClientRecord,
    private readonly excuses: Excuses,
    /** A failpoint that nobody has passed by then is given up. */
    private readonly failpointWithinMs = 4_000,
  ) {}

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Resolves when the fault is over and what it hit is back. */
  async inject(fault: Fault): Promise<void> {
    switch (fault.kind) {
      case 'postgres':
        return this.crashPostgres(fault);
      case 'outage':
        return this.takeInventoriesAway(fault);
      case 'network':
        return this.breakNetwork(fault);
      case 'failpoint':
        return this.armFailpoint(fault);
      case 'kill':
      case 'stop':
      case 'stall':
        return this.hit(fault);
    }
  }

  private async hit(fault: Extract<Fault, { kind: 'kill' | 'stop' | 'stall' }>): Promise<void> {
    const { kind, forMs } = fault;
    const member = this.fleet.freeMember(fault.member);
    if (!member) {
      this.skip();
      return;
    }
    this.happened(fault);
    await this.excused(excusesOf(fault), () =>
      member.fault(async () => {
        if (kind === 'stall') return member.stall(forMs);
        const exitCode = await member.stop(kind === 'kill' ? 'SIGKILL' : 'SIGTERM');
        if (kind === 'stop' && exitCode !== 0) this.stoppedLate += 1;
        await sleep(forMs);
      }),
    );
  }

  private async armFailpoint(fault: Extract<Fault, { kind: 'failpoint' }>): Promise<void> {
    const { action, forMs, nth, failpoint } = fault;
    const member = this.fleet.freeMember(fault.member);
    if (!member) {
      this.skip();
      return;
    }
    await this.excused(excusesOf(fault), () =>
      member.fault(async () => {
        const onHit = (): void => this.happened(fault, failpoint);
        const isHit = await member.atFailpoint(
          { failpoint, nth, action },
          this.failpointWithinMs,
          onHit,
        );
        count(isHit ? this.failpointsHit : this.failpointsMissed, failpoint);
        if (isHit) await sleep(forMs);
      }),
    );
  }

  private async breakNetwork(fault: Extract<Fault, { kind: 'network' }>): Promise<void> {
    const { proxy: name, mode, delayMs, forMs } = fault;
    if (this.networkFaults.has(name)) {
      this.skip();
      return;
    }
    this.networkFaults.add(name);
    const proxy = this.fleet.proxy(name);
    this.happened(fault);
    await this.excused(name === 'orders-database' ? ['database'] : [], async () => {
      await proxy.become(mode, delayMs);
      await sleep(forMs);
      await proxy.become('pass');
    });
    this.networkFaults.delete(name);
  }

  private async crashPostgres(fault: Fault): Promise<void> {
    this.happened(fault);
    await this.excused(['database'], async () => {
      if (!(await this.fleet.crashPostgres())) this.skip();
    });
  }

  private async takeInventoriesAway(fault: Extract<Fault, { kind: 'outage' }>): Promise<void> {
    const members = [this.fleet.member('inventory-1'), this.fleet.member('inventory-2')];
    if (!members.every((member) => member.canBeFaulted)) {
      this.skip();
      return;
    }
    this.happened(fault);
    await Promise.all(
      members.map((member) =>
        member.fault(async () => {
          await member.stop('SIGKILL');
          await sleep(fault.forMs);
        }),
      ),
    );
  }

  private happened(fault: Fault, label = nameOf(fault)): void {
    count(this.counts, nameOf(fault));
    this.record.markInFlight(label);
  }

  private skip(): void {
    this.skipped += 1;
  }

  private excused(excuses: readonly Excuse[], work: () => Promise<void>): Promise<void> {
    return excuses.reduce<() => Promise<void>>(
      (inner, excuse) => () => this.excuses.during(excuse, inner),
      work,
    )();
  }
}

/** A process that stands still keeps its locks, and others wait for them. */
const excusesOf = (fault: Extract<Fault, { member: MemberName }>): readonly Excuse[] => {
  if (!isOrders(fault.member)) return [];
  if (fault.kind === 'stop') return ['stopping'];
  const standsStill =
    fault.kind === 'stall' || (fault.kind === 'failpoint' && fault.action === 'stall');
  return standsStill ? ['database'] : [];
};

const count = (counts: Map<string, number>, name: string): void => {
  counts.set(name, (counts.get(name) ?? 0) + 1);
};
