import { setTimeout as sleep } from 'node:timers/promises';
import type { ErrorCause, ExpectedErrors } from './expected-errors';
import type { FaultTargets } from './fault-targets';
import type { ClientRecord } from './record';
import { type Fault, type MemberName, nameOf } from './schedule';

const isOrders = (name: MemberName): boolean => name.startsWith('orders');

/** Injects scheduled faults and counts them. */
export class Faults {
  readonly counts = new Map<string, number>();
  readonly failpointsHit = new Map<string, number>();
  readonly failpointsMissed = new Map<string, number>();
  /** Faults that were not injected because their target was under another fault. */
  skipped = 0;
  /** Stops that took longer than a service may take, each during another fault. */
  stoppedLate = 0;
  private readonly networkFaults = new Set<string>();

  constructor(
    private readonly targets: FaultTargets,
    private readonly record: ClientRecord,
    private readonly expectedErrors: ExpectedErrors,
    /** A failpoint that no process passes within this time is given up. */
    private readonly failpointTimeoutMs = 4_000,
  ) {}

  get total(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Resolves when the fault is over and its target works again. */
  async inject(fault: Fault): Promise<void> {
    switch (fault.kind) {
      case 'postgres':
        return this.crashPostgres(fault);
      case 'outage':
        return this.killBothInventories(fault);
      case 'network':
        return this.breakNetwork(fault);
      case 'failpoint':
        return this.hitFailpoint(fault);
      case 'kill':
      case 'stop':
      case 'stall':
        return this.hitMember(fault);
    }
  }

  private async hitMember(
    fault: Extract<Fault, { kind: 'kill' | 'stop' | 'stall' }>,
  ): Promise<void> {
    const { kind, forMs } = fault;
    const member = this.targets.availableMember(fault.member);
    if (!member) {
      this.skip();
      return;
    }
    this.count(fault);
    await this.expecting(causesOf(fault), () =>
      member.withFault(async () => {
        if (kind === 'stall') return member.stall(forMs);
        const exitCode = await member.stop(kind === 'kill' ? 'SIGKILL' : 'SIGTERM');
        if (kind === 'stop' && exitCode !== 0) this.stoppedLate += 1;
        await sleep(forMs);
      }),
    );
  }

  private async hitFailpoint(fault: Extract<Fault, { kind: 'failpoint' }>): Promise<void> {
    const { action, forMs, nth, failpoint } = fault;
    const member = this.targets.availableMember(fault.member);
    if (!member) {
      this.skip();
      return;
    }
    await this.expecting(causesOf(fault), () =>
      member.withFault(async () => {
        const onHit = (): void => this.count(fault, failpoint);
        const armed = { failpoint, nth, action };
        const isHit = await member.hitFailpoint(armed, this.failpointTimeoutMs, onHit);
        increment(isHit ? this.failpointsHit : this.failpointsMissed, failpoint);
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
    const proxy = this.targets.proxy(name);
    this.count(fault);
    await this.expecting(name === 'orders-database' ? ['database'] : [], async () => {
      await proxy.become(mode, delayMs);
      await sleep(forMs);
      await proxy.become('pass');
    });
    this.networkFaults.delete(name);
  }

  private async crashPostgres(fault: Fault): Promise<void> {
    this.count(fault);
    await this.expecting(['database'], async () => {
      if (!(await this.targets.crashPostgres())) this.skip();
    });
  }

  private async killBothInventories(fault: Extract<Fault, { kind: 'outage' }>): Promise<void> {
    const members = [this.targets.member('inventory-1'), this.targets.member('inventory-2')];
    if (!members.every(({ isAvailable }) => isAvailable)) {
      this.skip();
      return;
    }
    this.count(fault);
    await Promise.all(
      members.map((member) =>
        member.withFault(async () => {
          await member.stop('SIGKILL');
          await sleep(fault.forMs);
        }),
      ),
    );
  }

  private count(fault: Fault, label = nameOf(fault)): void {
    increment(this.counts, nameOf(fault));
    this.record.markInFlight(label);
  }

  private skip(): void {
    this.skipped += 1;
  }

  private expecting(causes: readonly ErrorCause[], work: () => Promise<void>): Promise<void> {
    return causes.reduce<() => Promise<void>>(
      (inner, cause) => () => this.expectedErrors.during(cause, inner),
      work,
    )();
  }
}

/** A stalled process keeps its locks, and statements of others wait for them. */
const causesOf = (fault: Extract<Fault, { member: MemberName }>): readonly ErrorCause[] => {
  if (!isOrders(fault.member)) return [];
  if (fault.kind === 'stop') return ['stopping'];
  const isStall =
    fault.kind === 'stall' || (fault.kind === 'failpoint' && fault.action === 'stall');
  return isStall ? ['database'] : [];
};

const increment = (counts: Map<string, number>, name: string): void => {
  counts.set(name, (counts.get(name) ?? 0) + 1);
};
