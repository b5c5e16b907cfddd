import { readFileSync } from 'node:fs';
import { Parser } from '@asyncapi/parser';
import addFormats from 'ajv-formats';
import Ajv2019 from 'ajv/dist/2019';
import { INVENTORY_EVENT_TYPES } from '../../apps/inventory/src/events/inventory-event';
import { ORDER_EVENT_TYPES } from '../../apps/orders/src/events/order-log-event';
import { ORDER_COMMAND_TYPES } from '../../apps/orders/src/order-commands/order-command';
import { ASYNC_API_FILE } from '../../tools/async-api';
import { readAsyncApi } from './document';

const document = readAsyncApi();
const messages = Object.entries(document.components.messages);

const ajv = new Ajv2019({ strict: false, allErrors: true, validateSchema: false });
addFormats(ajv);
ajv.addSchema(document, 'document');

/** Returns the faults of a value by a schema of the document, also a field that the schema does not have. */
const faultsOf = (pointer: string, value: unknown): unknown => {
  const validate = ajv.compile({ $ref: `document#${pointer}`, unevaluatedProperties: false });
  validate(value);
  return validate.errors ?? [];
};

/** The names of the messages of a topic. */
const namesOf = (topic: string): string[] => {
  const [channel] = Object.values(document.channels).filter(({ address }) => address === topic);
  return Object.keys(channel?.messages ?? {})
    .map((key) => document.components.messages[key]?.name ?? key)
    .sort();
};

it('is a valid AsyncAPI 3 document', async () => {
  const text = readFileSync(ASYNC_API_FILE, 'utf8');
  const { diagnostics } = await new Parser().parse(text);
  expect(diagnostics.map(({ code, message, path }) => ({ code, message, path }))).toEqual([]);
});

it.each([
  ['orders.v1', [...ORDER_EVENT_TYPES, 'webhook.disabled']],
  ['inventory.v1', INVENTORY_EVENT_TYPES],
  ['order-commands.v1', ORDER_COMMAND_TYPES],
])('has a message for each type of %s', (topic, types) => {
  expect(namesOf(topic)).toEqual([...types].sort());
});

it.each(messages)('has an example of %s that satisfies its schemas', (key, message) => {
  const { examples = [], headers } = message;
  expect(examples).toHaveLength(1);
  const pointer = `/components/messages/${key}`;
  for (const example of examples) {
    expect(faultsOf(`${pointer}/payload`, example.payload)).toEqual([]);
    if (headers) expect(faultsOf(`${pointer}/headers`, example.headers)).toEqual([]);
    else expect(example.headers).toBeUndefined();
  }
});

it('finds a value that does not satisfy its schema, and a field that the schema lacks', () => {
  const [placed] = document.components.messages.orderPlaced?.examples ?? [];
  const pointer = '/components/messages/orderPlaced/payload';
  const payload = placed?.payload as object;
  expect(faultsOf(pointer, { ...payload, orderId: 'x' })).toHaveLength(1);
  expect(faultsOf(pointer, { ...payload, type: 'order.parked' })).toHaveLength(1);
  expect(faultsOf(pointer, { ...payload, note: 'no onions' })).toHaveLength(1);
});
