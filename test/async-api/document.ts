import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { ASYNC_API_FILE } from '../../tools/async-api';

/** One message as the document shows it. */
export interface MessageExample {
  readonly headers?: Readonly<Record<string, string>>;
  readonly payload: unknown;
}

/** What the document says about a message. */
export interface DocumentedMessage {
  readonly name: string;
  /** The schema of its headers, if it has some. */
  readonly headers?: object;
  readonly examples?: readonly (MessageExample & { readonly name: string })[];
}

export interface AsyncApiDocument {
  readonly channels: Readonly<
    Record<
      string,
      { readonly address: string; readonly messages: Readonly<Record<string, object>> }
    >
  >;
  readonly components: { readonly messages: Readonly<Record<string, DocumentedMessage>> };
}

/** Reads the AsyncAPI document as it is in the file. */
export const readAsyncApi = (): AsyncApiDocument =>
  parse(readFileSync(ASYNC_API_FILE, 'utf8')) as AsyncApiDocument;
