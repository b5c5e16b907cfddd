import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Root, type Service, type Type } from 'protobufjs';
import { INVENTORY_PROTO, protoDirectory } from '@app/contracts';

/** One RPC of Inventory, with what its comments promise. */
export interface Rpc {
  readonly name: string;
  readonly path: string;
  readonly request: Type;
  readonly response: Type;
  readonly isStream: boolean;
  /** It changes nothing. */
  readonly isRead: boolean;
  /** Codes and reasons of its errors. */
  readonly documented: ReadonlySet<string>;
}

const ERROR_DETAILS = 'google/rpc/error_details.proto';
const READS = /^(Get|List|Watch|Stream)/;
const NAME = /\b[A-Z]+(?:_[A-Z]+)*\b/g;
const SERVICE = 'inventory.v1.InventoryService';

/** The contract of Inventory: its messages, and the errors that the comments list. */
export class ProtoDocument {
  readonly rpcs: readonly Rpc[];

  constructor(
    readonly root: Root,
    service: Service,
    head: string,
  ) {
    const common = namesIn(head);
    this.rpcs = service.methodsArray.map((method) => ({
      name: method.name,
      path: `/${SERVICE}/${method.name}`,
      request: root.lookupType(`inventory.v1.${method.requestType}`),
      response: root.lookupType(`inventory.v1.${method.responseType}`),
      isStream: method.responseStream ?? false,
      isRead: READS.test(method.name),
      documented: new Set([...common, ...namesIn(method.comment ?? '')]),
    }));
  }

  static read(): ProtoDocument {
    const root = new Root();
    const resolve = root.resolvePath.bind(root);
    root.resolvePath = (origin, target) =>
      target.startsWith('google/protobuf/')
        ? resolve(origin, target)
        : join(protoDirectory(), target);
    root.loadSync([INVENTORY_PROTO, ERROR_DETAILS], { keepCase: true, alternateCommentMode: true });
    root.resolveAll();
    const file = readFileSync(join(protoDirectory(), INVENTORY_PROTO), 'utf8');
    return new ProtoDocument(root, root.lookupService(SERVICE), file.split('\npackage ')[0] ?? '');
  }
}

const namesIn = (comment: string): string[] => comment.match(NAME) ?? [];
