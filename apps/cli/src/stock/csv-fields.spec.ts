import { joinFields, splitFields } from './csv-fields';

it.each([
  ['burger,5', ',', ['burger', '5']],
  ['burger;5;', ';', ['burger', '5', '']],
  ['burger\t1,5', '\t', ['burger', '1,5']],
  ['"piz""za; large";7', ';', ['piz"za; large', '7']],
] as const)('splits %j at %j', (text, separator, fields) => {
  expect(splitFields(text, separator)).toEqual({ fields });
});

it.each(['"open,1', 'a"b,1', '"a"b,1', 'a,"b'])('reports the misplaced quote in %s', (text) => {
  expect(splitFields(text, ',')).toEqual({ fault: expect.stringContaining('quote') as string });
});

it.each([[['burger', '5']], [['a,b', 'say "hi"', '']]])(
  'joins %j so that it splits again',
  (fields) => {
    expect(splitFields(joinFields(fields), ',')).toEqual({ fields });
  },
);
