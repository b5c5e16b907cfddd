import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { times } from '../../../../test/harness/wait';
import { assertReadable, checkFile } from './import-file';

let folder: string;
const never = new AbortController().signal;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quickbite-import-'));
});

afterAll(() => rm(folder, { recursive: true }));

const fileWith = async (content: string | Buffer): Promise<string> => {
  const path = join(folder, 'stock.csv');
  await writeFile(path, content);
  return path;
};

const reportOn = async (content: string): Promise<string> =>
  (await checkFile(await fileWith(content), never)).invalidLines.toString();

it('counts the lines of a valid file and hashes its content', async () => {
  const checked = await checkFile(await fileWith('sku,on_hand\nburger,5\n\npizza,10\n'), never);
  expect(checked.rows).toBe(2);
  expect(checked.invalidLines.count).toBe(0);
  // printf 'sku,on_hand\nburger,5\npizza,10\n' | sha256sum
  expect(checked.sha256).toBe('83061aa012c4d4fe7f4dd28ed0a4b10aacfd87dc38aec7bcacacd23fc894e108');
});

it('reports every invalid line with its number and the remedy', async () => {
  const report = await reportOn('sku,delta\n"burger,1\npizza,x\n\nsalad,1,2\nfries,3\nwr ap,2\n');
  expect(report.split('\n')).toEqual([
    expect.stringMatching(/^line 2: has a quote/),
    'line 3: delta must be a whole number in digits, such as 12, not "x"',
    'line 5: has 3 fields instead of 2: sku,delta',
    expect.stringMatching(/^line 7: sku must be 1 to 64 characters/),
  ]);
});

const SAVED_AGAIN: readonly (readonly [name: string, content: string | Buffer])[] = [
  [
    'with CRLF and a byte order mark',
    '\uFEFFsku,delta,reason\r\nburger,5,"a ""b"", c"\r\n-1,-2,\r\n',
  ],
  ['with CR', 'sku,delta,reason\rburger,5,"a ""b"", c"\r-1,-2,'],
  ['with semicolons', 'SKU;Delta;Reason\nburger;5;"a ""b"", c"\n-1;-2;\n'],
  ['with tabs', 'sku\tdelta\treason\nburger\t5\t"a ""b"", c"\n-1\t-2\t\n'],
  ['with a declaration', 'sep=;\r\nsku;delta;reason\r\nburger;5;"a ""b"", c"\r\n-1;-2;\r\n'],
  ['with empty columns', ' Sku ,delta,reason,,\nburger,5,"a ""b"", c",,\n-1,-2,,,\n,,,,\n"",,,,\n'],
  ['with escaped formulas', `sku,delta,reason\nburger,5,"a ""b"", c"\n'-1,'-2,\n`],
  [
    'in UTF-16',
    Buffer.from('\uFEFFsku\tdelta\treason\r\nburger\t5\t"a ""b"", c"\r\n-1\t-2\t\r\n', 'utf16le'),
  ],
];

it.each(SAVED_AGAIN)('reads a file that is saved %s as the same import', async (_name, content) => {
  const plain = await fileWith('sku,delta,reason\nburger,5,"a ""b"", c"\n-1,-2,\n');
  const { sha256 } = await checkFile(plain, never);
  const checked = await checkFile(await fileWith(content), never);
  expect(checked.invalidLines.toString()).toBe('');
  expect(checked).toMatchObject({ rows: 2, sha256 });
});

it('records how the file is written', async () => {
  const { dialect } = await checkFile(await fileWith('SKU;On hand\r\nburger;5\r\n'), never);
  expect(dialect).toEqual({
    encoding: 'UTF-8',
    hasByteOrderMark: false,
    lineEnds: new Set(['CRLF']),
    separator: ';',
    columns: ['sku', 'on_hand'],
  });
});

it('rejects a line that can be read in two ways, and names both', async () => {
  expect(await reportOn('sku;on_hand\nburger;5\npizza,7\nsalad;1.000\n')).toBe(
    [
      'line 3: has 1 fields instead of 2: sku,on_hand; read with commas (,) it has 2, but the header ' +
        'has semicolons (;); use one separator in the file',
      'line 4: on_hand must be a whole number in digits, such as 12 (it can be read as 1000 or as ' +
        '1), not "1.000"',
    ].join('\n'),
  );
  expect(await reportOn('sku,on_hand,reason\nburger,1,000\n')).toMatch(
    /^line 2: can be read as on_hand 1 with the reason 000, or as on_hand 1000 without a reason/,
  );
});

it('names both lines of a repeated SKU, even if one of them is invalid', async () => {
  const report = await reportOn('sku,on_hand\nburger,x\npizza,1\nburger,2\nBurger,2\n');
  expect(report.split('\n')).toEqual([
    expect.stringMatching(/^line 2: on_hand/),
    'line 4: sku burger is also on line 2; each SKU may occur once',
  ]);
});

it.each([
  ['', /^line 1: has no header\. Allowed columns: sku, one of on_hand/],
  ['\n\nsku|on_hand\nburger|5\n', /^line 3: has the unknown column "sku|on_hand", lacks/],
  ['sep=|\nsku|on_hand\n', /^line 1: declares the separator "\|"/],
  ['sep=;\nsku,on_hand\n', /^line 2: is separated by commas \(,\), but line 1 declares/],
  ['burger,5\npizza,10\n', /^line 1: has the unknown column "burger"/],
])('states the allowed columns if the file begins with %j', async (content, message) => {
  const report = await reportOn(content);
  expect(report).toMatch(message);
  expect(report.split('\n')).toHaveLength(1);
});

it('reports a thousand invalid lines and counts the others', async () => {
  const report = await reportOn(
    `sku,on_hand\n${times(1_234, (index) => `s${index},x\n`).join('')}`,
  );
  const lines = report.split('\n');
  expect(lines).toHaveLength(1_001);
  expect(lines[999]).toMatch(/^line 1001: /);
  expect(lines[1_000]).toBe('… and 234 more');
});

it('accepts the maximum number of lines and no more', async () => {
  const most = await fileWith('sku,on_hand\na,1\n\nb,1\nc,1\n');
  expect((await checkFile(most, never, 3)).invalidLines.count).toBe(0);
  const { invalidLines } = await checkFile(most, never, 2);
  expect(invalidLines.toString()).toBe(
    'line 5: exceeds the limit of 2 lines per file; split the file',
  );
});

it('ends when it is interrupted', async () => {
  const path = await fileWith('sku,on_hand\nburger,5\n');
  await expect(checkFile(path, AbortSignal.abort())).rejects.toThrow('Nothing was changed');
});

it('rejects a path that cannot be read twice', async () => {
  await expect(assertReadable(join(folder, 'none.csv'))).rejects.toThrow('does not exist');
  await expect(assertReadable(folder)).rejects.toThrow('is not a file');
});
