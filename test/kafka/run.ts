/**
 * `npm run test:kafka -- [--kills N] [--backlog EVENTS]`: runs Orders and Inventory with a real Kafka, kills
 * the broker and the instances of Orders N times each under load, and counts events that are lost or out
 * of order and commands that were applied twice. Then measures how fast the relay publishes a backlog.
 * Prints NOT RUN without Java or Maven. Exit code 0: no violations. 1: violations.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { KafkaMessageBroker } from '@app/events';
import { ensureBuilt } from '../../tools/build';
import { ToolError } from '../../tools/tool';
import { progress, runAndExit } from '../harness/command';
import { cloneDatabase } from '../harness/databases';
import { withPostgres } from '../harness/postgres';
import { newInventory, newOrders } from '../harness/services';
import { KafkaBroker, missingTool } from './broker';
import { readDeadLetters, runFaults } from './faults-under-load';
import { measureRelay } from './relay-rate';

const NO_INVENTORY = '127.0.0.1:1';
const MAX_LOG_LENGTH = 20_000;

const numberOf = (name: string, text: string): number => {
  if (/^\d{1,8}$/.test(text)) return Number(text);
  throw new ToolError(`--${name} must be a whole number.`);
};

const readArguments = () => {
  const options = {
    kills: { type: 'string', default: '2' },
    backlog: { type: 'string', default: '50000' },
  } as const;
  const { kills, backlog } = parseArgs({ options }).values;
  return { kills: numberOf('kills', kills), backlog: numberOf('backlog', backlog) };
};

const connect = (kafka: KafkaBroker): KafkaMessageBroker =>
  new KafkaMessageBroker(
    { brokers: [kafka.address], clientId: 'test' },
    { create: true, partitions: 6, replicas: 1 },
  );

const checkFaults = async (kafka: KafkaBroker, kills: number): Promise<boolean> => {
  const log = progress();
  const stock = await cloneDatabase('inventory');
  const database = await cloneDatabase('orders');
  const inventory = await newInventory(stock, {
    INVENTORY_SEED_STOCK: 'burger=1000000',
    INVENTORY_KAFKA_BROKERS: kafka.address,
  });
  await inventory.start();
  const settings = { ORDERS_KAFKA_BROKERS: kafka.address };
  const options = { maxLogLength: MAX_LOG_LENGTH };
  const orders = [
    await newOrders(database, inventory.address, settings, options),
    await newOrders(database, inventory.address, settings, options),
  ];
  for (const each of orders) await each.start();
  const broker = connect(kafka);
  try {
    const result = await runFaults({ broker, kafka, database, orders, log }, kills);
    const deadLetters = await readDeadLetters(broker);
    console.log(JSON.stringify({ kills, ...result, deadLetters }));
    const { lost, outOfOrder, appliedTwice } = result;
    return lost + outOfOrder + appliedTwice + deadLetters === 0;
  } catch (error) {
    console.error(orders.map(({ logs }) => logs.slice(-4_000)).join('\n---\n'));
    throw error;
  } finally {
    for (const each of [...orders, inventory]) await each.stop();
    await database.drop();
    await stock.drop();
  }
};

const measureBacklog = async (kafka: KafkaBroker, backlog: number): Promise<void> => {
  const database = await cloneDatabase('orders');
  const settings = {
    ORDERS_KAFKA_BROKERS: kafka.address,
    ORDERS_KAFKA_TOPIC_PREFIX: 'backlog.',
    ORDERS_KAFKA_COMMANDS: 'false',
  };
  const orders = await newOrders(database, NO_INVENTORY, settings, {
    maxLogLength: MAX_LOG_LENGTH,
  });
  try {
    console.log(JSON.stringify({ backlog: await measureRelay(database, orders, backlog) }));
  } finally {
    await orders.stop();
    await database.drop('broken');
  }
};

runAndExit(async () => {
  const missing = missingTool();
  if (missing !== undefined) {
    console.log(`NOT RUN: there is no ${missing} here`);
    return;
  }
  const { kills, backlog } = readArguments();
  await ensureBuilt({ log: console.error });
  const folder = mkdtempSync(join(tmpdir(), 'quickbite-kafka-'));
  const kafka = await KafkaBroker.start(folder);
  try {
    await withPostgres(async () => {
      if (kills > 0 && !(await checkFaults(kafka, kills))) process.exitCode = 1;
      if (backlog > 0) await measureBacklog(kafka, backlog);
    });
    console.log(process.exitCode === 1 ? 'FAIL' : 'PASS');
  } finally {
    await kafka.kill();
    rmSync(folder, { recursive: true, force: true });
  }
});
