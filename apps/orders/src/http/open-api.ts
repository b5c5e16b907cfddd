import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

const DESCRIPTION = `
Places orders and reserves their stock. Two orders never get the same last item.

Orders stores an order before it asks Inventory, so no order is lost. **201**: the order is CONFIRMED.
**409**: there is too little stock. **202**: Inventory did not respond in time, and the order is PENDING
until it does. Every error is an RFC 9457 problem with a stable \`reason\`.

Download this description: [openapi.json](/openapi.json), [openapi.yaml](/openapi.yaml).
`;

/** Serves the OpenAPI document at /openapi.json and /openapi.yaml, and Swagger UI at /docs. */
export const serveOpenApi = (app: INestApplication): void => {
  const settings = new DocumentBuilder()
    .setTitle('QuickBite Orders')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .addTag('Orders', 'Place, read, cancel and fulfill orders.')
    .addTag('Stock', 'Read the available stock.')
    .addTag('Health', 'Liveness and readiness for load balancers and orchestrators.')
    .build();
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, settings), {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'QuickBite Orders',
    swaggerOptions: { tryItOutEnabled: true, displayRequestDuration: true, validatorUrl: null },
  });
};
