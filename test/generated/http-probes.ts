import type { ApiDocument } from './api-document';
import type { HttpCaller, HttpChecks } from './http-checks';
import type { HttpAnswer, HttpClient } from './http-client';
import { type HttpInput, type HttpRequest, toRequest } from './http-inputs';
import type { KnownObjects, ObjectKind } from './known-objects';
import type { Outcome, Probe } from './probe';

interface Wire {
  readonly document: ApiDocument;
  readonly client: HttpClient;
  readonly checks: HttpChecks;
  readonly known: KnownObjects;
  /** Orders that a client was told of. */
  readonly toldOrders: Set<string>;
  readonly url: string;
}

/** With these the order is stored all the same, as CANCELLED. */
const STORED = /^(INSUFFICIENT_STOCK|UNKNOWN_SKU|ORDER_CANCELLED)$/;

/** Returns an input as a probe. */
export const httpProbe = (
  wire: Wire,
  input: HttpInput,
  caller: HttpCaller,
  index: number,
): Probe => {
  const { checks, known } = wire;
  const request = toRequest(input, known, caller.headers);
  const validity = checks.validityOf(request);
  return {
    index,
    wire: 'HTTP',
    target: input.operation.id,
    caller: caller.name,
    validity,
    mustChangeNothing: checks.mustChangeNothing(request, caller),
    send: () => sendRequest(wire, request, caller),
    repro: () => `${caller.name}: ${toCurl(request, caller, wire.url)}`,
  };
};

const sendRequest = async (
  wire: Wire,
  request: HttpRequest,
  caller: HttpCaller,
): Promise<Outcome> => {
  let answer: HttpAnswer;
  try {
    answer = await wire.client.send(request);
  } catch (error) {
    const label = `no answer (${String((error as { code?: unknown }).code ?? error)})`;
    return { label, isError: true, mayHaveChanged: true, faults: [label] };
  }
  const routed = wire.document.operationOf(request.method, request.target);
  const reason = reasonOf(answer);
  if (routed) learn(wire, routed.operation.id, answer);
  return {
    label: reason === undefined ? String(answer.status) : `${answer.status} ${reason}`,
    isError: answer.status >= 400,
    mayHaveChanged: answer.status >= 500 || STORED.test(reason ?? ''),
    faults: wire.checks.faultsOf(request, answer, caller),
  };
};

const reasonOf = ({ status, text }: HttpAnswer): string | undefined =>
  status < 400 ? undefined : /"reason":"([A-Z_]+)"/.exec(text)?.[1];

const CREATED: Readonly<Record<string, ObjectKind>> = {
  placeOrder: 'order',
  createWebhook: 'webhook',
  createApiKey: 'apiKey',
};

const CURSOR = /"nextCursor":"?([^",}]+)/;
const POSITION = /"next":"([^"]+)"|^id: (.+)$/m;
const DELIVERY = /"deliveries":\[\{"id":"([^"]+)"/;

/** Remembers what later requests can name. */
const learn = (
  { known, toldOrders }: Wire,
  operationId: string,
  { status, text }: HttpAnswer,
): void => {
  if (operationId === 'placeOrder')
    for (const [, id = ''] of text.matchAll(/"(?:id|orderId)":"([^"]+)"/g)) toldOrders.add(id);
  if (status >= 400) return;
  const kind = CREATED[operationId];
  const id = kind && /"id":"([^"]+)"/.exec(text)?.[1];
  if (id !== undefined) known.add(kind ?? 'order', id);
  if (kind === 'order' && id !== undefined) known.add('reservation', id);
  const cursor = CURSOR.exec(text)?.[1];
  if (cursor !== undefined && cursor !== 'null') known.add('cursor', cursor);
  const position = POSITION.exec(text);
  if (position) known.add('position', position[1] ?? position[2] ?? '');
  const delivery = DELIVERY.exec(text)?.[1];
  if (delivery !== undefined) known.add('delivery', delivery);
};

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const MAX_SHOWN_BYTES = 3_000;

const toCurl = (request: HttpRequest, caller: HttpCaller, url: string): string => {
  const { method, target, headers, body } = request;
  const secrets = new Set(caller.headers.map(([, value]) => value));
  const shown = headers.map(([name, value]) =>
    secrets.has(value) ? `-H '${name}: Bearer …'` : `-H ${quoted(`${name}: ${value}`)}`,
  );
  const bytes = body?.subarray(0, MAX_SHOWN_BYTES).toString('base64');
  const data = bytes === undefined ? [] : [`--data-binary @<(base64 -d <<< ${bytes})`];
  const parts = [...shown, ...data].join(' ');
  return `curl --path-as-is -X ${quoted(method)} ${quoted(url + target)} ${parts}`;
};
