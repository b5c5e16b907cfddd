import {
  type ApiDocument,
  type DocumentedResponse,
  type RoutedRequest,
  SAFE_METHODS,
} from './api-document';
import type { HttpAnswer } from './http-client';
import type { HttpRequest } from './http-inputs';
import type { HttpValidity, Validity } from './http-validity';
import { leakIn } from './leaks';
import type { SchemaChecks } from './schema-checks';

/** Who sends a request. */
export interface HttpCaller {
  readonly name: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly scopes: readonly string[];
  /** A customer reads its own orders only. */
  readonly subject: string;
}

const PROBLEM = 'application/problem+json';
const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;

/** Problems of requests that no operation serves. */
const UNROUTED = [
  'INVALID_REQUEST',
  'MALFORMED_JSON',
  'MALFORMED_REQUEST',
  'ROUTE_NOT_FOUND',
].concat(
  ['METHOD_NOT_ALLOWED', 'HEADERS_TOO_LARGE', 'EXPECTATION_FAILED', 'HOST_NOT_SERVED'],
  ['CROSS_SITE_REQUEST', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE', 'UNAUTHENTICATED'],
  ['PERMISSION_DENIED', 'PRECONDITION_FAILED', 'RANGE_NOT_SATISFIABLE', 'OVERLOADED'],
);

/** Members that every problem has, as docs/errors.md says. */
const PROBLEM_SCHEMA = {
  type: 'object',
  properties: {
    type: { type: 'string', pattern: '^urn:quickbite:problem:[a-z-]+$' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string' },
    reason: { type: 'string', enum: UNROUTED },
  },
  additionalProperties: true,
  required: ['type', 'title', 'status', 'detail', 'instance', 'reason'],
} as const;

/** Compares answers with the document. */
export class HttpChecks {
  constructor(
    private readonly document: ApiDocument,
    private readonly checks: SchemaChecks,
    private readonly validity: HttpValidity,
    private readonly secrets: readonly string[],
  ) {}

  /** Whether the document says that the request must fail, or it only reads. */
  mustChangeNothing(request: HttpRequest, caller: HttpCaller): boolean {
    if (SAFE_METHODS.includes(request.method)) return true;
    const routed = this.document.operationOf(request.method, request.target);
    if (!routed) return true;
    return !isAllowed(routed, caller) || this.validity.of(request, routed) === 'invalid';
  }

  validityOf(request: HttpRequest): Validity {
    const routed = this.document.operationOf(request.method, request.target);
    return routed ? this.validity.of(request, routed) : 'invalid';
  }

  /** Returns everything that is wrong with an answer. */
  faultsOf(request: HttpRequest, answer: HttpAnswer, caller: HttpCaller): string[] {
    const routed = this.document.operationOf(request.method, request.target);
    // The documentation itself names all kinds of things.
    const isDocumentation = !routed && answer.status === 200;
    const leak = isDocumentation ? undefined : leakIn(answer.text, this.secrets);
    const faults = [
      answer.status >= 500 && answer.status !== 503 ? `status ${answer.status}` : undefined,
      leak === undefined ? undefined : `the answer contains ${leak}`,
      headerFault(request, answer),
      routed ? this.routedFault(request, answer, routed) : this.unroutedFault(request, answer),
    ];
    if (routed && answer.status < 400 && request.method !== 'OPTIONS')
      faults.push(this.acceptanceFault(request, routed, caller), foreignFault(answer, caller));
    return faults.filter((fault) => fault !== undefined);
  }

  private acceptanceFault(
    request: HttpRequest,
    routed: RoutedRequest,
    caller: HttpCaller,
  ): string | undefined {
    if (!isAllowed(routed, caller)) return 'succeeds without permission';
    return this.validity.of(request, routed) === 'invalid'
      ? 'succeeds although the document calls it invalid'
      : undefined;
  }

  private routedFault(
    { method }: HttpRequest,
    answer: HttpAnswer,
    { operation }: RoutedRequest,
  ): string | undefined {
    const documented = operation.responses[String(answer.status)];
    if (!documented) return `${operation.id} does not document status ${answer.status}`;
    const absent = missingHeader(documented, answer);
    if (absent !== undefined) return absent;
    // The answer to HEAD has no body, and the server may already have ended a stream.
    if (method === 'HEAD') return answer.text === '' ? undefined : 'an answer to HEAD has a body';
    if (!documented.content) return answer.text === '' ? undefined : 'an undocumented body';
    const type = typeOf(answer);
    const media = documented.content[type];
    if (!media) return `${operation.id} does not document ${type} for ${answer.status}`;
    if (type === 'text/event-stream')
      return this.streamFault(answer, media.schema.contentSchema?.items ?? {});
    const value = type.endsWith('json') ? parsed(answer.text) : answer.text;
    return value === undefined
      ? 'the answer is not JSON'
      : this.checks.faultOf(media.schema, value);
  }

  private streamFault({ text }: HttpAnswer, schema: object): string | undefined {
    // The last event may be cut.
    for (const event of text.split('\n\n').slice(0, -1)) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data === undefined) continue;
      const value = parsed(data);
      if (value === undefined) return `the event ${event} is not JSON`;
      if (/^event: error$/m.test(event)) continue;
      const fault = this.checks.faultOf(schema, value);
      if (fault !== undefined) return `the event ${event}: ${fault}`;
    }
    return undefined;
  }

  private unroutedFault({ method }: HttpRequest, answer: HttpAnswer): string | undefined {
    if (answer.status < 400) {
      const isServed = SAFE_METHODS.includes(method);
      return isServed ? undefined : `status ${answer.status} of an undocumented operation`;
    }
    if (method === 'HEAD') return undefined;
    if (typeOf(answer) !== PROBLEM) return `${typeOf(answer)} for status ${answer.status}`;
    const value = parsed(answer.text) as { status?: unknown } | undefined;
    if (value?.status !== answer.status) return 'the problem has another status';
    return this.checks.faultOf(PROBLEM_SCHEMA, value);
  }
}

const isAllowed = ({ operation: { scopes } }: RoutedRequest, caller: HttpCaller): boolean =>
  scopes === undefined ||
  caller.scopes.includes('admin') ||
  caller.scopes.some((scope) => scopes.includes(scope));

const typeOf = ({ headers }: HttpAnswer): string =>
  String(headers['content-type'] ?? 'no content type').replace(/;.*$/, '');

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** Headers that the document says every such answer has. */
const ALWAYS = ['X-Request-Id'];
const OF_STATUS: Readonly<Record<number, string>> = {
  401: 'WWW-Authenticate',
  429: 'Retry-After',
  503: 'Retry-After',
};

const missingHeader = (
  { headers = {} }: DocumentedResponse,
  { status, headers: sent }: HttpAnswer,
): string | undefined => {
  const expected = [...ALWAYS, OF_STATUS[status] ?? ''].filter((name) => name in headers);
  const missing = expected.find((name) => sent[name.toLowerCase()] === undefined);
  return missing === undefined ? undefined : `status ${status} without ${missing}`;
};

const headerFault = (request: HttpRequest, { headers, status }: HttpAnswer): string | undefined => {
  const own = request.headers.filter(([name]) => name.toLowerCase() === 'x-request-id');
  const id = own[0]?.[1] ?? '';
  // A request that is no HTTP is rejected before its headers are known.
  if (own.length !== 1 || !REQUEST_ID.test(id) || status === 400 || status === 431)
    return undefined;
  return headers['x-request-id'] === id ? undefined : 'the answer has another X-Request-Id';
};

/** A customer must never get the order of another one. */
const foreignFault = (
  { text }: HttpAnswer,
  { scopes, subject }: HttpCaller,
): string | undefined => {
  if (scopes.length !== 1 || scopes[0] !== 'customer') return undefined;
  const owners = [...text.matchAll(/"userId":"([^"]*)"/g)].map(([, owner]) => owner);
  const foreign = owners.find((owner) => owner !== subject);
  return foreign === undefined ? undefined : `the answer has an order of ${foreign}`;
};
