import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

/** As Postgres stores a password by default. */
const ITERATIONS = 4_096;
const SALT_BYTES = 16;
const KEY_BYTES = 32;

/** SASLprep, which Postgres applies to a password first, leaves these characters as they are. */
const UNCHANGED_BY_SASLPREP = /^[ -~]*$/;

/**
 * Returns what Postgres stores for a password, so that the password itself never reaches the server and its
 * logs. A password with characters that need SASLprep is returned as it is.
 */
export const scramVerifier = (password: string, salt = randomBytes(SALT_BYTES)): string => {
  if (!UNCHANGED_BY_SASLPREP.test(password)) return password;
  const salted = pbkdf2Sync(password, salt, ITERATIONS, KEY_BYTES, 'sha256');
  const hmac = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  const serverKey = hmac('Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
};
