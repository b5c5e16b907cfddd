import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { SchemaObject } from '@nestjs/swagger/dist/interfaces/open-api-spec.interface';
import type { Request, RequestHandler, Response } from 'express';
import { dump } from 'js-yaml';
import { SECURITY_SCHEMES } from '../access/allow.decorator';
import { DocumentText, PLACEHOLDERS } from './document-text';
import { publicPrefix, publicUrl } from './forwarded';
import { completeDocument } from './open-api-document';

const DESCRIPTION = `
Places orders and reserves their stock. Two orders never get the same last item.

Orders stores an order before it asks Inventory, so no order is lost. **201**: the order is CONFIRMED.
**409**: there is too little stock. **202**: Inventory did not respond in time, and the order is PENDING
until it does. Every error is an RFC 9457 problem with a stable \`reason\`.

Send an API key or a token as \`Authorization: Bearer\`. Each operation names its scopes; \`admin\` has them
all. A customer has access to its own orders only, and may leave out \`userId\`. An installation can run without
authentication: then it ignores credentials.
`;

const API_KEY = 'An API key, which begins with `qb_`. An administrator creates it.';
const TOKEN = 'An access token of the identity provider, a signed JWT.';

const REQUEST_ID = {
  name: 'X-Request-Id',
  in: 'header',
  description:
    'Your id for this request: 1 to 128 visible ASCII characters. Without a valid one, Orders generates ' +
    'an id. The response and all log lines of the request have it.',
  required: false,
  // An id of another form is replaced, not rejected.
  schema: { type: 'string' },
} as const;

const DOWNLOADS = ['openapi.json', 'openapi.yaml'].map(
  (file) => `[${file}](${PLACEHOLDERS.prefix}/${file})`,
);

/** Adds where this client sees the API. */
const forClients = (document: OpenAPIObject): OpenAPIObject => ({
  ...document,
  info: {
    ...document.info,
    description: `${DESCRIPTION}\nDownload this description: ${DOWNLOADS.join(', ')}.\n`,
  },
  servers: [{ url: PLACEHOLDERS.url }],
});

/** Replaces the example of the parameter `id` in all paths of an order. */
const withExampleId = (paths: OpenAPIObject['paths'], id: string): OpenAPIObject['paths'] => {
  const replace = (_key: string, value: unknown): unknown => {
    const { in: place, name } = Object(value) as { in?: unknown; name?: unknown };
    const isId = place === 'path' && name === 'id';
    return isId ? { ...(value as object), schema: { type: 'string', example: id } } : value;
  };
  const ofOrders = Object.entries(paths).filter(([path]) => path.startsWith('/v1/orders/'));
  const replaced = JSON.parse(
    JSON.stringify(Object.fromEntries(ofOrders)),
    replace,
  ) as OpenAPIObject['paths'];
  return { ...paths, ...replaced };
};

/** Shown if there is no order, or if the client may not know of it. */
const ID_OF_NO_ORDER = '01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55';

type FindExampleId = () => Promise<string | undefined>;

/**
 * Fills in the page of Swagger UI what differs between clients. The page gets a path as the URL, which also works behind a
 * proxy that changes the host without saying so.
 */
const fillPage = (findExampleId: FindExampleId): RequestHandler => {
  let page: DocumentText | undefined;
  return (request, response, next) => {
    const send = response.send.bind(response);
    response.send = (text: unknown) => {
      response.send = send;
      if (typeof text !== 'string' || !text.includes(PLACEHOLDERS.url)) return send(text);
      page ??= new DocumentText(() => text);
      const filled = page;
      const prefix = publicPrefix(request);
      findExampleId()
        .then((orderId = ID_OF_NO_ORDER) =>
          send(filled.for({ url: prefix || '/', prefix, orderId })),
        )
        .catch(next);
      return response;
    };
    next();
  };
};

const serveFile =
  (text: DocumentText, type: string) =>
  (request: Request, response: Response): void => {
    const [url, prefix] = [publicUrl(request), publicPrefix(request)];
    response.type(type).send(text.for({ url, prefix, orderId: ID_OF_NO_ORDER }));
  };

/**
 * Serves the OpenAPI document at /openapi.json and /openapi.yaml, and Swagger UI at /docs. The id of an
 * operation is the name of its handler, as clients generated from the document call it. Swagger UI fills in
 * the order that `findExampleId` returns, so that its requests work as they stand. `ownSchemas`: schemas that no
 * class has.
 */
export const serveOpenApi = (
  app: INestApplication,
  ownSchemas: Readonly<Record<string, SchemaObject>>,
  findExampleId: FindExampleId = () => Promise.resolve(undefined),
): void => {
  let created: OpenAPIObject | undefined;
  const document = (): OpenAPIObject => (created ??= forClients(createDocument(app, ownSchemas)));
  const json = new DocumentText(() => JSON.stringify(document()));
  const yaml = new DocumentText(() => dump(document(), { skipInvalid: true, noRefs: true }));
  const adapter = app.getHttpAdapter();
  adapter.get('/openapi.json', serveFile(json, 'application/json'));
  adapter.get('/openapi.yaml', serveFile(yaml, 'text/yaml'));
  app.use('/docs', fillPage(findExampleId));
  const pageDocument = (): OpenAPIObject => {
    const { paths, ...rest } = document();
    return { ...rest, paths: withExampleId(paths, PLACEHOLDERS.orderId) };
  };
  SwaggerModule.setup('docs', app, pageDocument, {
    raw: false,
    customSiteTitle: 'QuickBite Orders',
    swaggerOptions: { tryItOutEnabled: true, displayRequestDuration: true, validatorUrl: null },
  });
};

const createDocument = (
  app: INestApplication,
  ownSchemas: Readonly<Record<string, SchemaObject>>,
): OpenAPIObject => {
  const settings = new DocumentBuilder()
    .setTitle('QuickBite Orders')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .addTag('Orders', 'Place, read, cancel and fulfill orders.')
    .addTag('Stock', 'Read the available stock.')
    .addTag('Events', 'Read and follow what happens to orders.')
    .addTag('Webhooks', 'Send events to other systems, and look after their deliveries.')
    .addTag('Administration', 'Manage API keys, and read who changed what.')
    .addTag('Health', 'Liveness and readiness for load balancers and orchestrators.')
    .addGlobalParameters(REQUEST_ID)
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', description: API_KEY },
      SECURITY_SCHEMES.apiKey,
    )
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: TOKEN },
      SECURITY_SCHEMES.token,
    )
    .setOpenAPIVersion('3.1.0')
    .build();
  return completeDocument(
    SwaggerModule.createDocument(app, settings, {
      operationIdFactory: (_controller, handler) => handler,
    }),
    ownSchemas,
  );
};
