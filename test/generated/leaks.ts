/** What an answer must not tell: how the service is built, and what only it knows. */
const LEAKS: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a stack', /(\n|\\n)\s+at .*:\d+:\d+|\bat \S+ \(\S+:\d+:\d+\)/],
  ['a file path', /node_modules|\/dist\/|\/apps\/|\/libs\/|[\w-]\.[tj]s:\d+|main\.js/],
  ['SQL', /\b(select\b.+\bfrom|insert into|update \w+ set|delete from|on conflict)\b/i],
  [
    'an error of Postgres',
    /violates \w+ constraint|duplicate key|syntax error at|SQLSTATE|\bpg_\w+/i,
  ],
  ['a name from the database', /relation "|column "|webhook_endpoint|audit_entry|order_event\b/],
  ['an error of Node', /\bE(CONNREFUSED|CONNRESET|PIPE|NOENT|PROTO)\b|\bERR_[A-Z_]+\b/],
  ['an error of the language', /\b(TypeError|RangeError|ReferenceError|Cannot read propert)/],
  ['the URL of a database', /postgres(ql)?:\/\//],
  ['a private key', /BEGIN [A-Z ]*PRIVATE KEY/],
];

/** Returns what a text must not contain, or undefined. `secrets` are those of the system under test. */
export const leakIn = (text: string, secrets: readonly string[]): string | undefined => {
  if (secrets.some((secret) => text.includes(secret))) return 'a secret';
  return LEAKS.find(([, pattern]) => pattern.test(text))?.[0];
};
