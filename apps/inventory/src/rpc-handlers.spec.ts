import { join } from 'node:path';
import ts from 'typescript';

const APP = join(__dirname, '..');
const MODULE = join(__dirname, 'inventory.module.ts');
const CONTRACT = join(APP, '../../libs/contracts/src/generated/inventory/v1/inventory.ts');

const SERVICE = 'export interface InventoryService {';
const NEW_RPC = 'shipStock(request: GetStockRequest): Promise<GetStockResponse>;';

const { config } = ts.readConfigFile(join(APP, 'tsconfig.app.json'), (file) =>
  ts.sys.readFile(file),
) as { config: object };
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, APP);
const parsed = new Map<string, ts.SourceFile>();

/** What the compiler reports for inventory.module.ts, with the contract changed by `edit`. */
const errorsWith = (edit: (contract: string) => string): string[] => {
  const host = ts.createCompilerHost(options);
  host.getSourceFile = (name, version) => {
    const text = host.readFile(name) ?? '';
    if (name === CONTRACT) return ts.createSourceFile(name, edit(text), version);
    const source = parsed.get(name) ?? ts.createSourceFile(name, text, version);
    parsed.set(name, source);
    return source;
  };
  const program = ts.createProgram([MODULE], options, host);
  return program
    .getSemanticDiagnostics(program.getSourceFile(MODULE))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
};

it('Inventory does not compile while an RPC has no handler, and the error says what to add', () => {
  const [error = 'It compiles.'] = errorsWith((contract) => {
    expect(contract).toContain(SERVICE);
    return contract.replace(SERVICE, `${SERVICE}\n  ${NEW_RPC}`);
  });
  expect(error).toContain(
    'RPC ShipStock has no handler: add the method shipStock with @GrpcMethod(INVENTORY_SERVICE)',
  );
});

it('Inventory does not compile while a handler has another reply than its RPC', () => {
  const [error = 'It compiles.'] = errorsWith((contract) =>
    contract.replace(
      '): Promise<GetStockResponse>;',
      '): Promise<GetStockResponse & { at: string }>;',
    ),
  );
  expect(error).toContain('RPC GetStock has no handler');
});

it('Inventory compiles with the contract as it is', () => {
  expect(errorsWith((contract) => contract)).toEqual([]);
});
