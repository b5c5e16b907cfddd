// Loaded with --require: one name has the addresses that a file lists at each look-up.
const { readFileSync } = require('node:fs');
const dns = require('node:dns');

const { TEST_DNS_NAME: name, TEST_DNS_FILE: file } = process.env;
const { lookup } = dns.promises;

dns.promises.lookup = (hostname, ...rest) => {
  if (hostname !== name) return lookup(hostname, ...rest);
  const addresses = readFileSync(file, 'utf8').split('\n').filter(Boolean);
  return Promise.resolve(addresses.map((address) => ({ address, family: 4 })));
};
