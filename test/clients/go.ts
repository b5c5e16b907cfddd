/**
 * `npm run test:go-client`: generates a Go client from clients/openapi.json, and places an order and reads a
 * typed problem with it. Needs Go; test/clients/go/go.mod has the versions of the modules, which Go fetches.
 */
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { OPEN_API_FILE } from '../../tools/open-api';
import { runAndExit } from '../harness/command';
import { runIn, testGeneratedClient } from './generated-client';

const MODULE = join(__dirname, 'go');

runAndExit(() =>
  testGeneratedClient('go', async (folder) => {
    cpSync(MODULE, folder, { recursive: true });
    mkdirSync(join(folder, 'orders'));
    const generate = ['go', 'tool', 'oapi-codegen', '-generate', 'types,client'];
    const target = ['-package', 'orders', '-o', join(folder, 'orders/orders.gen.go')];
    await runIn(folder, [...generate, ...target, OPEN_API_FILE]);
    const program = join(folder, 'place-order');
    await runIn(folder, ['go', 'build', '-o', program, '.']);
    return (url) => runIn(folder, [program, url]);
  }),
);
