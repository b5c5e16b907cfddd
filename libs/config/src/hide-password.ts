/** What replaces a password. */
const HIDDEN = '***';

/**
 * Hides every password in a database URL or connection string, also in a malformed one. A password that
 * is not percent-encoded may contain any character, so everything up to the last @ counts as the password.
 */
export const hidePassword = (url: string): string =>
  url
    .replace(/^((?:[a-z][a-z+]*:\/\/)?[^:/?]*):(?!\/\/).*@/is, `$1:${HIDDEN}@`)
    .replace(/(password\s*=\s*)('(?:[^'\\]|\\.)*'|[^&\s]*)/gi, `$1${HIDDEN}`);

/** Whether the text contains a password. */
export const hasPassword = (url: string): boolean => hidePassword(url) !== url;

/** Whether a password was hidden in this text. */
export const isPasswordHidden = (url: string): boolean =>
  url.includes(`:${HIDDEN}@`) || /password\s*=\s*\*\*\*/i.test(url);
