import fc from 'fast-check';
import type { Log } from '../../tools/tool';
import { ApiDocument } from './api-document';
import { type GrpcCaller, GrpcChecks } from './grpc-checks';
import { GrpcClient } from './grpc-client';
import { GrpcInputs } from './grpc-inputs';
import { grpcProbe } from './grpc-probes';
import { HttpChecks } from './http-checks';
import { HttpClient } from './http-client';
import { HttpInputs } from './http-inputs';
import { httpProbe } from './http-probes';
import { HttpValidity } from './http-validity';
import { type Outcome, type Probe, sendAll } from './probe';
import { ProtoDocument } from './proto-document';
import { SchemaChecks } from './schema-checks';
import { changedTables, StoredState } from './state';
import type { SystemUnderTest } from './system';
import { SERVER } from '../e2e/tls-fixture';
import { Tally } from './tally';
import type { Violations } from './violations';

/** Inputs between two comparisons of the state. */
const CHUNK = 2_500;
/** Of each five inputs, the others are requests of HTTP. */
const GRPC_SHARE = 0.3;
const MAX_REPEATS = 3;

interface Options {
  readonly inputs: number;
  readonly seed: number;
}

/** Sends generated inputs to both services, and compares the answers and the state with the contracts. */
export class GeneratedRun {
  readonly tally = new Tally();
  readonly toldOrders = new Set<string>();
  private readonly api = ApiDocument.read();
  private readonly proto = ProtoDocument.read();
  private readonly http = new HttpInputs(this.api).arbitrary();
  private readonly grpc = new GrpcInputs(this.proto).arbitrary();
  private readonly httpWire;
  private readonly grpcWire;
  private readonly grpcCallers: readonly { caller: GrpcCaller; client: GrpcClient }[];

  private constructor(
    private readonly system: SystemUnderTest,
    private readonly state: StoredState,
    private readonly violations: Violations,
    private readonly options: Options,
    private readonly log: Log,
    grpcCallers: readonly { caller: GrpcCaller; client: GrpcClient }[],
  ) {
    const { known, secrets, cluster } = system;
    const validity = new HttpValidity(this.api, new SchemaChecks(this.api));
    const checks = new HttpChecks(
      this.api,
      new SchemaChecks(this.api, { isClosed: true }),
      validity,
      secrets,
    );
    const { url } = cluster.orders;
    const client = new HttpClient(new URL(url));
    const { toldOrders } = this;
    this.httpWire = { document: this.api, client, checks, known, toldOrders, url };
    this.grpcWire = { checks: new GrpcChecks(this.proto.root, secrets), known };
    this.grpcCallers = grpcCallers;
  }

  static async create(
    system: SystemUnderTest,
    violations: Violations,
    options: Options,
    log: Log,
  ): Promise<GeneratedRun> {
    const state = await StoredState.connect(system.cluster);
    const callers = await grpcCallersOf(system);
    return new GeneratedRun(system, state, violations, options, log, callers);
  }

  async run(): Promise<void> {
    const { inputs } = this.options;
    for (let first = 0; first < inputs; first += CHUNK) {
      const probes = this.probesOf(first, Math.min(CHUNK, inputs - first));
      await this.runChunk(probes);
      this.log(`${first + probes.length} inputs, ${this.violations.total} violations`);
    }
  }

  /** Waits until the services have nothing left to do. */
  quiescent(): Promise<void> {
    return this.state.quiescent();
  }

  close(): void {
    this.httpWire.client.close();
    for (const { client } of this.grpcCallers) client.close();
  }

  /** The same numbers and the same seed lead to the same inputs. */
  private probesOf(first: number, count: number): Probe[] {
    const grpcCount = Math.floor(count * GRPC_SHARE);
    const seed = Math.imul(this.options.seed + 1, 0x9e3779b1) ^ first;
    const { callers } = this.system;
    const http = fc.sample(this.http, { seed, numRuns: count - grpcCount });
    const grpc = fc.sample(this.grpc, { seed, numRuns: grpcCount });
    return [
      ...http.map((input, index) =>
        httpProbe(this.httpWire, input, nth(callers, index), first + index),
      ),
      ...grpc.map((input, index) =>
        grpcProbe(this.grpcWire, input, nth(this.grpcCallers, index), first + http.length + index),
      ),
    ];
  }

  private async runChunk(probes: readonly Probe[]): Promise<void> {
    const others = probes.filter((each) => !each.mustChangeNothing);
    const outcomes = await this.sendCounted(others);
    await this.expectNoChange(
      probes.filter((each) => each.mustChangeNothing),
      (quiet) => this.sendCounted(quiet),
    );
    await this.repeatErrors(others, outcomes);
  }

  /** Sends the requests that have failed once more: then they fail again, and change nothing. */
  private async repeatErrors(
    probes: readonly Probe[],
    outcomes: readonly Outcome[],
  ): Promise<void> {
    let failed = failedOf(probes, outcomes);
    for (let round = 0; round < MAX_REPEATS && failed.length > 0; round += 1) {
      const repeated = failed;
      await this.state.quiescent();
      const before = await this.state.fingerprint();
      const again = await sendAll(repeated);
      this.tally.repeated += repeated.length;
      failed = failedOf(repeated, again);
      if (failed.length < repeated.length) continue;
      await this.state.quiescent();
      const changed = changedTables(before, await this.state.fingerprint());
      this.tally.comparedErrors += repeated.length;
      if (changed.length > 0) await this.report(repeated, changed);
      return;
    }
  }

  private async expectNoChange(
    probes: readonly Probe[],
    send: (probes: readonly Probe[]) => Promise<unknown>,
  ): Promise<void> {
    await this.state.quiescent();
    const before = await this.state.fingerprint();
    await send(probes);
    await this.state.quiescent();
    const changed = changedTables(before, await this.state.fingerprint());
    this.tally.compared += probes.length;
    if (changed.length > 0) await this.report(probes, changed);
  }

  /** Finds the request that has changed something, if it does so again. */
  private async report(probes: readonly Probe[], changed: readonly string[]): Promise<void> {
    let suspects = probes;
    let isRepeatable = true;
    while (suspects.length > 1 && isRepeatable) {
      const half = suspects.slice(0, suspects.length >> 1);
      const rest = suspects.slice(half.length);
      if (await this.changes(half)) suspects = half;
      else if (await this.changes(rest)) suspects = rest;
      else isRepeatable = false;
    }
    const what = `${changed.join(', ')} changed by requests that must change nothing`;
    const repro = suspects.length === 1 ? suspects[0]?.repro() : undefined;
    const { seed } = this.options;
    this.violations.add(what, repro ?? `one of ${suspects.length} inputs, seed ${seed}`);
  }

  private async changes(probes: readonly Probe[]): Promise<boolean> {
    const before = await this.state.fingerprint();
    await sendAll(probes);
    await this.state.quiescent();
    return changedTables(before, await this.state.fingerprint()).length > 0;
  }

  private async sendCounted(probes: readonly Probe[]): Promise<Outcome[]> {
    const outcomes = await sendAll(probes);
    outcomes.forEach((outcome, index) => {
      const probe = nth(probes, index);
      this.tally.add(probe, outcome);
      for (const fault of outcome.faults)
        this.violations.add(
          `${probe.wire} ${probe.target}: ${outcome.label}: ${fault}`,
          `seed ${this.options.seed}, input ${probe.index}, ${probe.repro()}`,
        );
    });
    return outcomes;
  }
}

const failedOf = (probes: readonly Probe[], outcomes: readonly Outcome[]): Probe[] =>
  probes.filter((_probe, index) => {
    const outcome = outcomes[index];
    return outcome?.isError === true && !outcome.mayHaveChanged;
  });

const nth = <Value>(values: readonly Value[], index: number): Value => {
  const value = values[index % values.length];
  if (value === undefined) throw new Error('There is nothing to choose from');
  return value;
};

/** Names of the certificates, and what their owners may do. */
const CERTIFICATES: readonly (readonly [
  name: string,
  certificate: string,
  may: GrpcCaller['may'],
])[] = [
  ['certificate of Orders', 'orders', 'calls'],
  ['certificate of the cli', 'cli', 'adjustments'],
  ['other certificate', 'stranger', 'health'],
  ['certificate of Orders', 'orders', 'calls'],
  ['certificate of the cli', 'cli', 'adjustments'],
  ['forged certificate', 'forged', 'none'],
  ['certificate of the cli', 'cli', 'adjustments'],
  ['no certificate', '', 'none'],
];

const grpcCallersOf = ({ tls, cluster }: SystemUnderTest) =>
  Promise.all(
    CERTIFICATES.map(async ([name, file, may]) => {
      const certificate = file === '' ? undefined : await tls.read(file);
      const identity = { ca: tls.authority.certificate, serverName: SERVER, certificate };
      return {
        caller: { name, may },
        client: new GrpcClient(cluster.inventory.address, identity),
      };
    }),
  );
