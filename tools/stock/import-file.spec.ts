import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { times } from '../../test/harness/wait';
import { assertReadable, checkFile } from './import-file';

let folder: string;
const never = new AbortController().signal;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quickbite-import-'));
});

afterAll(() => rm(folder, { recursive: true }));

const fileWith = async (content: string): Promise<string> => {
  const path = join(folder, 'stock.csv');
  await writeFile(path, content);
  return path;
};

const reportOn = async (content: string): Promise<string> =>
  (await checkFile(await fileWith(content), never)).badLines.toString();

it('counts the lines of a good file and knows it by its content', async () => {
  const checked = await checkFile(await fileWith('sku,on_hand\nburger,5\n\npizza,10\n'), never);
  expect(checked.rows).toBe(2);
  expect(checked.badLines.count).toBe(0);
  // printf 'sku,on_hand\nburger,5\n\npizza,10\n' | sha256sum
  expect(checked.sha256).toBe('362193d07d417e95a3bbf49a36b455ac147a71829b2353ab3084a1d73b062494');
});

it('tells every bad line with its number, and what would be right', async () => {
  const report = await reportOn('sku,delta\n"burger,1\npizza,x\n\nsalad,1,2\nfries,3\nwr ap,2\n');
  expect(report.split('\n')).toEqual([
    expect.stringMatching(/^line 2: has a quote/),
    'line 3: delta must be a whole number in digits, such as 12, not "x"',
    'line 5: has 3 fields instead of 2: sku,delta',
    expect.stringMatching(/^line 7: sku must be 1 to 64 characters/),
  ]);
});

it('names both lines of a SKU that is there twice, even where one of them is bad', async () => {
  const report = await reportOn('sku,on_hand\nburger,x\npizza,1\nburger,2\nBurger,2\n');
  expect(report.split('\n')).toEqual([
    expect.stringMatching(/^line 2: on_hand/),
    'line 4: sku burger is on line 2 already; it can be there once',
  ]);
});

it.each([
  ['', /^line 1: has no header\. Allowed are sku, one of on_hand/],
  ['\n\nsku;on_hand\nburger;5\n', /^line 3: has no use for the column "sku;on_hand", lacks/],
  ['burger,5\npizza,10\n', /^line 1: has no use for the column "burger"/],
])('says of a file that begins with %j what the header must be', async (content, message) => {
  const report = await reportOn(content);
  expect(report).toMatch(message);
  expect(report.split('\n')).toHaveLength(1);
});

it('tells of a thousand bad lines, and how many more there are', async () => {
  const report = await reportOn(
    `sku,on_hand\n${times(1_234, (index) => `s${index},x\n`).join('')}`,
  );
  const lines = report.split('\n');
  expect(lines).toHaveLength(1_001);
  expect(lines[999]).toMatch(/^line 1001: /);
  expect(lines[1_000]).toBe('… and 234 more');
});

it('takes as many lines as it may, and no more', async () => {
  const most = await fileWith('sku,on_hand\na,1\n\nb,1\nc,1\n');
  expect((await checkFile(most, never, 3)).badLines.count).toBe(0);
  const { badLines } = await checkFile(most, never, 2);
  expect(badLines.toString()).toBe('line 5: is one too many: split the file into parts of 2 lines');
});

it('ends when it is told to', async () => {
  const path = await fileWith('sku,on_hand\nburger,5\n');
  await expect(checkFile(path, AbortSignal.abort())).rejects.toThrow('before anything was changed');
});

it('refuses what it cannot read twice', async () => {
  await expect(assertReadable(join(folder, 'none.csv'))).rejects.toThrow('There is no file');
  await expect(assertReadable(folder)).rejects.toThrow('is not a file');
});
