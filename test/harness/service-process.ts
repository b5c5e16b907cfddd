import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { Client as GrpcClient, credentials } from '@grpc/grpc-js';
import { findFreePort } from '../../tools/ports';
import type { TestDatabase } from './databases';
import { eventually } from './wait';

const ROOT = join(__dirname, '../..');
const START_WITHIN_MS = 20_000;

export interface ProcessOptions {
  /** For node itself, before the app's file. */
  readonly nodeArguments?: readonly string[];
  /** How much of what it logs is kept, from the end. All of it by default. */
  readonly maxLogLength?: number;
  /** The built file, from the top of the checkout. That of the app by default. */
  readonly main?: string;
}

/** One of the built apps, or of the peers that it is compared with, running as a process of its own. */
export class ServiceProcess {
  private child: ChildProcess | undefined;
  private output = '';

  constructor(
    private readonly app: string,
    private env: Record<string, string>,
    private readonly isReady: () => Promise<boolean>,
    private readonly options: ProcessOptions = {},
  ) {}

  /** Everything it has logged, or the last of it where that is bounded. */
  get logs(): string {
    return this.output;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get isRunning(): boolean {
    return this.child !== undefined && !hasEnded(this.child);
  }

  /** With settings that differ from those it had before. */
  async start(env: Record<string, string> = {}): Promise<this> {
    this.env = { ...this.env, ...env };
    const { nodeArguments = [], maxLogLength = Infinity } = this.options;
    const { main = join('dist/apps', this.app, 'main.js') } = this.options;
    const child = spawn(process.execPath, [...nodeArguments, join(ROOT, main)], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, LOG_LEVEL: 'info', ...this.env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Ctrl+C is meant for whoever runs it, who then ends it in good order.
      detached: true,
    });
    const keep = (chunk: Buffer): void => {
      this.output = (this.output + chunk.toString()).slice(-maxLogLength);
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    letGo(child);
    this.child = child;
    await eventually(
      `${this.app} is ready`,
      () => {
        if (hasEnded(child)) throw new Error(`${this.app} ended:\n${this.output}`);
        return this.isReady();
      },
      START_WITHIN_MS,
    );
    return this;
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Over its IPC channel. What is sent to one that is gone, is lost. */
  send(message: object): void {
    if (this.child?.connected) this.child.send(message, () => undefined);
  }

  /** What it sends over its IPC channel until it ends. */
  onMessage(listen: (message: unknown) => void): void {
    this.child?.on('message', listen);
  }

  /** Resolves when it has ended, whoever ended it. */
  async ended(): Promise<void> {
    if (this.child && !hasEnded(this.child)) await once(this.child, 'exit');
  }

  /** Ends it and waits until it is gone. Gives its exit code: null where a signal killed it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const child = this.child;
    if (!child || hasEnded(child)) return child?.exitCode ?? null;
    // Whoever waits for its end must not end first.
    child.ref();
    const gone = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill(signal);
    await gone;
    return child.exitCode;
  }
}

const hasEnded = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode !== null || signalCode !== null;

/**
 * A test that fails half-way must not keep its process alive through ours: when it ends, the IPC
 * channel closes, and the service ends by itself.
 */
const letGo = (child: ChildProcess): void => {
  child.unref();
  child.channel?.unref();
  for (const stream of [child.stdout, child.stderr]) (stream as Socket | null)?.unref();
};

export const grpcAnswers = (address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const client = new GrpcClient(address, credentials.createInsecure());
    client.waitForReady(new Date(Date.now() + 500), (error) => {
      client.close();
      resolve(!error);
    });
  });

const httpAnswers = (url: string): Promise<boolean> =>
  fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );

/** It works as one role and migrates as the owner, who is another. */
export const newInventory = async (
  { url, ownerUrl }: Pick<TestDatabase, 'url' | 'ownerUrl'>,
  env: Record<string, string> = {},
  options: ProcessOptions = {},
) => {
  const port = await findFreePort();
  const address = `127.0.0.1:${port}`;
  const service = new ServiceProcess(
    'inventory',
    {
      INVENTORY_DATABASE_URL: url,
      INVENTORY_OWNER_DATABASE_URL: ownerUrl,
      INVENTORY_GRPC_PORT: String(port),
      ...env,
    },
    () => grpcAnswers(address),
    options,
  );
  return Object.assign(service, { address, port });
};

export const newOrders = async (
  databaseUrl: string,
  inventoryAddress: string,
  env: Record<string, string> = {},
  options: ProcessOptions = {},
) => {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const service = new ServiceProcess(
    'orders',
    {
      ORDERS_DATABASE_URL: databaseUrl,
      ORDERS_HTTP_PORT: String(port),
      ORDERS_INVENTORY_ADDRESS: inventoryAddress,
      ...env,
    },
    () => httpAnswers(`${url}/health/ready`),
    options,
  );
  return Object.assign(service, { url });
};
