import { cellsOf, type Header, readHeader, readRow, splitNumberFaults } from './import-row';

const header = (line: string): Header => readHeader(line.split(',')) as Header;
const counts = header('sku,on_hand,reason');
const faultsOf = (line: string, of = counts) => readRow(of, 2, line.split(',')).faults;

describe('the header', () => {
  it.each([
    ['sku,on_hand', 'on_hand'],
    ['delta,sku', 'delta'],
    ['sku,on_hand,reserved,available', 'on_hand'],
    ['reason,sku,delta', 'delta'],
  ])('%s determines the meaning of the numbers', (line, change) => {
    expect(readHeader(line.split(','))).toEqual({ columns: line.split(','), change });
  });

  it.each([
    ['sku,quantity', ['has the unknown column "quantity"', 'lacks the column on_hand or delta']],
    ['on_hand', ['lacks the column sku']],
    ['sku,on_hand,delta', ['has both on_hand and delta']],
    ['sku,on_hand,sku', ['has the column sku twice']],
    ['SKU,Sku,on_hand', ['has the column sku twice']],
    ['sku,,on_hand', ['has no name for column 2']],
  ])('%s has every fault reported', (line, faults) => {
    expect(readHeader(line.split(','))).toEqual({ faults });
  });
});

it.each(['SKU,On Hand', ' sku , ON_HAND', 'sku,on-hand,, ', 'sku,on_hand,'])(
  'the header %j is read in any case, with spaces and with empty columns at the end',
  (line) => {
    expect(readHeader(line.split(','))).toEqual({ columns: ['sku', 'on_hand'], change: 'on_hand' });
  },
);

describe('the cells of a line', () => {
  it('lose the empty ones beyond the header, and no others', () => {
    expect(cellsOf(['burger', '5', '', '', ' '], counts)).toEqual(['burger', '5', '']);
    expect(cellsOf(['burger', '5', '', '', 'x'], counts)).toHaveLength(5);
    expect(cellsOf(['burger', '5'], counts)).toHaveLength(2);
  });

  it('lose the apostrophe that keeps a spreadsheet from executing them', () => {
    expect(cellsOf(["'-1-2", "'+5", "'tis"], counts)).toEqual(['-1-2', '+5', "'tis"]);
  });
});

describe('a line', () => {
  it('may not be readable in two ways', () => {
    const faults = (text: string) => splitNumberFaults(counts, text, text.split(','));
    expect(faults('burger,1,000')).toEqual([
      'can be read as on_hand 1 with the reason 000, or as on_hand 1000 without a reason; ' +
        'write 1000, or "000" in quotes',
    ]);
    expect(splitNumberFaults(counts, 'burger,1,"000"', ['burger', '1', '000'])).toEqual([]);
    expect(faults('burger,1,lost')).toEqual([]);
    expect(faults('burger,1000,200')).toEqual([]);
  });

  it('sets or changes the stock, with or without a reason', () => {
    expect(readRow(counts, 2, ['burger', '5', ''])).toEqual({
      lineNumber: 2,
      sku: 'burger',
      change: { setOnHand: 5 },
      reason: undefined,
      faults: [],
    });
    expect(readRow(header('reason,delta,sku'), 3, ['loss', '-2', 'burger'])).toMatchObject({
      sku: 'burger',
      change: { delta: -2 },
      reason: 'loss',
      faults: [],
    });
  });

  it.each(['0', '1000000000', '+7', '007'])('may set %s', (units) => {
    expect(faultsOf(`burger,${units},`)).toEqual([]);
  });

  it.each([
    ['', 'on_hand is required'],
    ['-1', 'on_hand must be >= 0, not "-1"'],
    ['1000000001', 'on_hand must be <= 1000000000, not "1000000001"'],
    ['9'.repeat(400), 'on_hand must be <= 1000000000'],
    ['1.5', 'on_hand must be a whole number in digits, such as 12, not "1.5"'],
    ['1.500', 'such as 12 (it can be read as 1500 or as 1.5), not "1.500"'],
    ['1.000.000', 'such as 12 (it can be read as 1000000), not "1.000.000"'],
    ['1E+06', 'on_hand must be a whole number in digits'],
    ['0x10', 'on_hand must be a whole number in digits'],
    [' 5', 'on_hand must be a whole number in digits, such as 12, not " 5"'],
    ['five', 'on_hand must be a whole number in digits'],
  ])('may not set "%s"', (units, fault) => {
    expect(faultsOf(`burger,${units},`)).toEqual([expect.stringContaining(fault)]);
  });

  it.each([
    ['-1000000000', []],
    ['-1000000001', ['delta must be >= -1000000000, not "-1000000001"']],
    ['1000000001', ['delta must be <= 1000000000, not "1000000001"']],
  ])('may change by %s within the limits', (units, faults) => {
    expect(faultsOf(`burger,${units}`, header('sku,delta'))).toEqual(faults);
  });

  it.each(['', 'bur ger', ' burger', 'bürger', 'b'.repeat(65)])('may not have SKU "%s"', (sku) => {
    expect(faultsOf(`${sku},5,`)).toEqual([expect.stringMatching(/^sku /)]);
  });

  it('may have a reason of at most 200 characters without NUL', () => {
    expect(faultsOf(`burger,5,${'r'.repeat(200)}`)).toEqual([]);
    expect(faultsOf(`burger,5,${'r'.repeat(201)}`)).toEqual([
      expect.stringContaining('reason must be at most 200 characters long'),
    ]);
    expect(faultsOf('burger,5,a\0b')).toEqual([expect.stringContaining('NUL')]);
  });

  it('must have as many fields as the header', () => {
    expect(faultsOf('burger,5')).toEqual(['has 2 fields instead of 3: sku,on_hand,reason']);
    expect(faultsOf('burger,5,a,b')).toEqual(['has 4 fields instead of 3: sku,on_hand,reason']);
  });

  it('has every fault reported', () => {
    expect(faultsOf('bur ger,-1,a\0b')).toHaveLength(3);
  });
});
