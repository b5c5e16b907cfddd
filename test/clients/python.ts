/**
 * `npm run test:python-client`: generates a Python client from clients/openapi.json, and places an order and
 * reads a typed problem with it. PYTHON_PATH names a Python that has openapi-python-client.
 */
import { join } from 'node:path';
import { OPEN_API_FILE } from '../../tools/open-api';
import { runAndExit } from '../harness/command';
import { runIn, testGeneratedClient } from './generated-client';

const PROGRAM = join(__dirname, 'place_order.py');

/** Runs Python in a folder, from which it imports. */
const python = (folder: string, ...args: readonly string[]): Promise<string> =>
  runIn(folder, [process.env.PYTHON_PATH ?? 'python3', ...args], {
    PYTHONPATH: folder,
    PYTHONDONTWRITEBYTECODE: '1',
  });

runAndExit(() =>
  testGeneratedClient('python', async (folder) => {
    const generate = ['-m', 'openapi_python_client', 'generate', '--path', OPEN_API_FILE];
    const target = ['--meta', 'none', '--output-path', join(folder, 'quickbite_orders')];
    await python(folder, ...generate, ...target);
    return (url) => python(folder, PROGRAM, url);
  }),
);
