import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

const DESCRIPTION = `
Takes orders and reserves their stock; two orders never get the same last item.

An order is written before Inventory is asked, so it is never lost: **201** means CONFIRMED, **409**
that there is too little stock, and **202** that Inventory did not answer in time and the order is
PENDING until it does. Every error is an RFC 9457 problem with a stable \`reason\`.

This description as a file: [openapi.json](/openapi.json), [openapi.yaml](/openapi.yaml).
`;

/** Serves the API's description at /openapi.json and Swagger UI, from files of our own, at /docs. */
export const serveOpenApi = (app: INestApplication): void => {
  const settings = new DocumentBuilder()
    .setTitle('QuickBite Orders')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .addTag('Orders', 'Place orders and see what became of them.')
    .addTag('Stock', 'See what can be ordered.')
    .addTag('Health', 'For load balancers and orchestrators.')
    .build();
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, settings), {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'QuickBite Orders',
    swaggerOptions: { tryItOutEnabled: true, displayRequestDuration: true, validatorUrl: null },
  });
};
