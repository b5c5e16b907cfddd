const FORM =
  'must be a URL such as redis://user:password@127.0.0.1:6379 or rediss://cache.example:6380/1';

const canDecode = (text: string): boolean => {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};

/**
 * Returns what is wrong with the URL of a Redis, without repeating its password; undefined if nothing is.
 * Parameters are rejected, because they would have no effect.
 */
export const redisUrlFault = (text: string): string | undefined => {
  if (!URL.canParse(text)) return FORM;
  const { protocol, hostname, pathname, search, hash, username, password } = new URL(text);
  const isValid =
    /^rediss?:$/.test(protocol) &&
    hostname !== '' &&
    /^(\/\d{0,4})?$/.test(pathname) &&
    search + hash === '' &&
    [username, password].every(canDecode);
  return isValid ? undefined : FORM;
};
