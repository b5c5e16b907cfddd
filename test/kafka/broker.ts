import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import getPort from 'get-port';
import { eventually } from '../harness/wait';

const KAFKA_VERSION = '4.2.0';
const LOG4J_VERSION = '2.25.3';
const START_TIMEOUT_MS = 60_000;
const CLUSTER_ID = 'MkU3OEVBNTcwNTJENDM2Qg';
const JAVA_OPTIONS = ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>quickbite</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>${LOG4J_VERSION}</version></dependency>
  </dependencies>
</project>
`;

const isInstalled = (command: string): boolean => {
  try {
    execFileSync(command, ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

/** Returns which tool is missing to run a broker; undefined if both are there. */
export const missingTool = (): string | undefined =>
  ['java', 'mvn'].find((command) => !isInstalled(command));

/** Returns the folder with the jars of Kafka. Maven downloads them once per machine and version. */
const kafkaJars = (): string => {
  const folder = join(homedir(), '.cache', 'quickbite', `kafka-${KAFKA_VERSION}`);
  const done = join(folder, 'complete');
  if (existsSync(done)) return join(folder, 'libs');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'pom.xml'), POM);
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', '-DoutputDirectory=libs'];
  execFileSync('mvn', ['-q', '-B', ...goal], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  writeFileSync(done, '');
  return join(folder, 'libs');
};

const properties = (folder: string, port: number, controllerPort: number): string => `
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controllerPort}
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs=${join(folder, 'data')}
auto.create.topics.enable=false
num.partitions=1
default.replication.factor=1
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
min.insync.replicas=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=8388608
`;

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

/** A real Kafka with one broker, in KRaft mode, that can be killed and started again on its data. */
export class KafkaBroker {
  private process: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    private readonly jars: string,
    private readonly port: number,
  ) {}

  /** Creates a broker with its data in `folder`, and starts it. */
  static async start(folder: string): Promise<KafkaBroker> {
    const jars = kafkaJars();
    const [port, controllerPort] = [await getPort(), await getPort()];
    mkdirSync(folder, { recursive: true });
    const broker = new KafkaBroker(folder, jars, port);
    writeFileSync(broker.configFile, properties(folder, port, controllerPort));
    const format = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', broker.configFile];
    execFileSync('java', ['-cp', join(jars, '*'), ...format], { stdio: 'ignore' });
    await broker.resume();
    return broker;
  }

  /** `127.0.0.1:port` */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Starts it again on its data. Resolves when it accepts connections. */
  async resume(): Promise<void> {
    const log = openSync(this.logFile, 'a');
    const command = ['-cp', join(this.jars, '*'), 'kafka.Kafka', this.configFile];
    const started = spawn('java', [...JAVA_OPTIONS, ...command], { stdio: ['ignore', log, log] });
    this.process = started;
    await eventually(
      'Kafka accepts connections',
      () => {
        if (started.exitCode !== null) throw new Error(readFileSync(this.logFile, 'utf8'));
        return accepts(this.port);
      },
      START_TIMEOUT_MS,
      50,
    );
  }

  /** Ends it with SIGKILL, as a crash does; with SIGTERM it would write what it has in memory. */
  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const { process: running } = this;
    this.process = undefined;
    if (running?.exitCode !== null) return;
    const exited = once(running, 'exit');
    running.kill(signal);
    await exited;
  }

  private get configFile(): string {
    return join(this.folder, 'server.properties');
  }

  private get logFile(): string {
    return join(this.folder, 'broker.log');
  }
}
