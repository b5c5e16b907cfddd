import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { ToolError } from '../../tools/tool';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'] as const;

/** What a browser asks for by itself would drown what the page asks for. */
const QUIET = [
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];
/** A second lock on the door: no name but an address of this machine leads anywhere. */
const NO_OTHER_HOST = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1';

/** The browser that is installed here; undefined where there is none. */
export async function findChromium(): Promise<string | undefined> {
  const { CHROMIUM_PATH, PATH = '' } = process.env;
  if (CHROMIUM_PATH) {
    if (await isExecutable(CHROMIUM_PATH)) return CHROMIUM_PATH;
    throw new ToolError(`CHROMIUM_PATH is ${CHROMIUM_PATH}, which cannot be run.`);
  }
  for (const folder of PATH.split(delimiter)) {
    for (const name of NAMES) {
      const path = join(folder, name);
      if (folder && (await isExecutable(path))) return path;
    }
  }
  return undefined;
}

export const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [...QUIET, NO_OTHER_HOST],
    // Root and many containers cannot have the sandbox, and the only page it sees is ours.
    chromiumSandbox: false,
    // The run itself hears Ctrl+C, and ends the browser along with everything else.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
