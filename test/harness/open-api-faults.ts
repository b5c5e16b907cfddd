/** What is missing in the OpenAPI document. Each fault says where, and what to add. */

interface Content {
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

export interface Operation {
  /** The method that handles it, as `placeOrder`. */
  readonly operationId: string;
  readonly summary?: string;
  readonly description?: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly description?: string;
    readonly schema?: { readonly example?: unknown };
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<
    Record<
      string,
      { readonly description?: string; readonly content?: Readonly<Record<string, Content>> }
    >
  >;
}

interface Schema {
  readonly additionalProperties?: boolean;
  readonly properties?: Readonly<
    Record<
      string,
      { readonly description?: string; readonly items?: { readonly enum?: readonly string[] } }
    >
  >;
}

export interface ApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Endpoint {
  /** As `POST /v1/orders`. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

const PROBLEM = 'application/problem+json';
/** Paths that load balancers call; these are never refused. */
const HEALTH = '/health';

const isText = (text: string | undefined): boolean => /\S/.test(text ?? '');

const endpointsOf = ({ paths }: ApiDocument): Endpoint[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method,
      path,
      operation,
    })),
  );

/** As `placeOrder()`. */
const handlerOf = ({ operationId }: Operation): string => `${operationId}()`;

/** Compares the endpoints with the list of those that there are meant to be. */
export const routeFaults = (document: ApiDocument, routes: readonly string[]): string[] => {
  const found = endpointsOf(document).map(({ name }) => name);
  return [
    ...found
      .filter((name) => !routes.includes(name))
      .map((name) => `${name} is new: add it to ROUTES in test/e2e/open-api.spec.ts.`),
    ...routes
      .filter((name) => !found.includes(name))
      .map(
        (name) =>
          `${name} is gone: list its controller in a module, or, if clients no longer need it, ` +
          'delete it from ROUTES in test/e2e/open-api.spec.ts.',
      ),
  ];
};

/** Nest takes the first route that matches, in the order in which they are declared. */
export const hiddenRoutes = (document: ApiDocument): string[] => {
  const endpoints = endpointsOf(document);
  return endpoints.flatMap(({ name, method, path, operation }, index) =>
    endpoints
      .slice(0, index)
      .filter((earlier) => earlier.method === method && earlier.path !== path)
      .filter((earlier) => matches(earlier.path, path))
      .map(
        (earlier) =>
          `${name} is never reached, since ${earlier.name} matches first: ` +
          `declare ${handlerOf(operation)} above ${handlerOf(earlier.operation)}.`,
      ),
  );
};

/** Whether a request for `path` would be handled by `pattern`. */
const matches = (pattern: string, path: string): boolean =>
  new RegExp(`^${pattern.replaceAll(/\{[^}]+\}/g, '[^/{}]+')}$`).test(path);

/** What the documentation of an endpoint lacks. */
export const endpointFaults = (document: ApiDocument): string[] =>
  endpointsOf(document).flatMap((endpoint) => [
    ...textFaults(endpoint),
    ...responseFaults(endpoint),
    ...overloadFaults(endpoint),
  ]);

const textFaults = ({ name, operation }: Endpoint): string[] => {
  const faults: string[] = [];
  const { summary, description, parameters = [] } = operation;
  const comment = `the doc comment of ${handlerOf(operation)}`;
  if (!isText(summary)) faults.push(`${name} has no summary: begin ${comment} with one line.`);
  if (!isText(description)) faults.push(`${name} has no @remarks: add one to ${comment}.`);
  for (const parameter of parameters.filter((each) => !isText(each.description))) {
    faults.push(
      `${name}: the ${parameter.in} parameter ${parameter.name} has no description: add a doc ` +
        'comment to its property in the *.dto.ts, or a description to its @ApiHeader.',
    );
  }
  return faults;
};

const responseFaults = ({ name, operation }: Endpoint): string[] =>
  Object.entries(operation.responses).flatMap(([status, { description, content = {} }]) => {
    const faults: string[] = [];
    const at = `of ${handlerOf(operation)}`;
    const problems = Object.entries(content[PROBLEM]?.examples ?? {});
    if (!isText(description)) {
      faults.push(`${name}: ${status} has no description: add one to its @Api…Response ${at}.`);
    }
    if (Number(status) >= 400 && problems.length === 0) {
      faults.push(`${name}: ${status} has no example: document it with @ApiProblems ${at}.`);
    }
    if (Number(status) < 400 && problems.length > 0) {
      faults.push(`${name}: ${status} is no failure: remove it from @ApiProblems ${at}.`);
    }
    for (const [reason, { value }] of problems) {
      const example = value as { reason?: unknown; status?: unknown };
      if (example.reason === reason && example.status === Number(status)) continue;
      faults.push(`${name}: the example ${reason} of ${status} has another reason or status.`);
    }
    return faults;
  });

const overloadFaults = ({ name, path, operation }: Endpoint): string[] => {
  const problems = operation.responses['503']?.content?.[PROBLEM]?.examples ?? {};
  if (path.startsWith(HEALTH) || 'OVERLOADED' in problems) return [];
  return [
    `${name} does not document that it can be refused: add OVERLOADED, and every other reason by ` +
      `which it fails, to @ApiProblems of ${handlerOf(operation)}.`,
  ];
};

/** The fields of DTOs that have no description. */
export const fieldFaults = ({ components }: ApiDocument): string[] =>
  Object.entries(components.schemas).flatMap(([schema, { properties = {} }]) =>
    Object.entries(properties)
      .filter(([, { description }]) => !isText(description))
      .map(
        ([field]) =>
          `${schema}.${field} has no description: add a doc comment to the property in its *.dto.ts.`,
      ),
  );
