import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StockFixture } from './stock-fixture';

let fixture: StockFixture;

beforeAll(async () => {
  fixture = await StockFixture.start();
});

afterAll(() => fixture.stop());

const importContent = async (name: string, content: string | Buffer) => {
  const path = join(fixture.folder, name);
  await writeFile(path, content);
  return fixture.run('import', path);
};

it('imports files as spreadsheets save them, and states how it read each', async () => {
  const files: readonly (readonly [name: string, content: string | Buffer, dialect: string])[] = [
    [
      'excel.csv',
      '\uFEFFSKU;On Hand;;\r\nsheet-excel;7;;\r\n;;;\r\n',
      'UTF-8 with a byte order mark, fields separated by semicolons (;), lines ended by CRLF',
    ],
    [
      'unicode.txt',
      Buffer.from('\uFEFFsku\ton_hand\r\nsheet-unicode\t8\r\n', 'utf16le'),
      'UTF-16 LE with a byte order mark, fields separated by tabs, lines ended by CRLF',
    ],
    [
      'declared.csv',
      'sep=,\r\n"sku","delta"\r\n"sheet-declared","9"\r\n',
      'UTF-8, fields separated by commas (,), lines ended by CRLF',
    ],
    [
      'old-mac.csv',
      'Sku,Delta\rsheet-mac,10\r',
      'UTF-8, fields separated by commas (,), lines ended by CR, columns sku delta',
    ],
  ];
  for (const [name, content, dialect] of files) {
    const { code, stderr } = await importContent(name, content);
    expect({ name, code, stderr }).toEqual({
      name,
      code: 0,
      stderr: expect.stringContaining(`${name} as ${dialect}`) as string,
    });
  }
  expect(await fixture.onHandOf('sheet')).toEqual(
    new Map([
      ['sheet-excel', 7],
      ['sheet-unicode', 8],
      ['sheet-declared', 9],
      ['sheet-mac', 10],
    ]),
  );
});

it('applies a delivery once, also if a spreadsheet saved its file again', async () => {
  expect(await importContent('delivery.csv', 'sku,delta\nagain-1,5\n')).toMatchObject({ code: 0 });
  const saved = '\uFEFFSKU;Delta;\r\nagain-1;5;\r\n';
  const again = await importContent('delivery.csv', saved);
  expect(again.stdout).toContain('0 changed, 1 already applied.');
  expect((await fixture.onHandOf('again')).get('again-1')).toBe(5);
});

it('changes nothing if a line can be read in two ways, and names both', async () => {
  const content = 'sku,delta,reason\ndoubt-1,5,\ndoubt-2,1,000\ndoubt-3;5;\n';
  const { code, stderr } = await importContent('doubt.csv', content);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^line 3: can be read as delta 1 with the reason 000, or as delta 1000 /m);
  expect(stderr).toMatch(
    /^line 4: .* read with semicolons \(;\) it has 3, but the header has commas/m,
  );
  expect(stderr).toContain('has 2 invalid lines. Nothing was changed.');
  expect(await fixture.onHandOf('doubt')).toEqual(new Map());
});

it('exports no cell that a spreadsheet executes, and imports its export', async () => {
  await fixture.adjust('-1-2', 6);
  const file = join(fixture.folder, 'formulas.csv');
  expect(await fixture.run('export', file)).toMatchObject({ code: 0 });
  const exported = await readFile(file, 'utf8');
  expect(exported).toContain("\n'-1-2,6,0,6\n");
  expect(exported).not.toMatch(/(^|,)[=+\-@\t\r]/m);
  await fixture.adjust('-1-2', -4);
  expect(await fixture.run('import', file)).toMatchObject({ code: 0 });
  const [level] = await fixture.cluster.inventoryDatabase.query(
    `select on_hand from stock_level where sku = '-1-2'`,
  );
  expect(level).toEqual({ on_hand: 6 });
});
