import type { InventoryService } from '@app/contracts';

type Rpc = keyof InventoryService;

/** The RPCs for which one of the controllers has a method with the RPC's name and reply. */
type HandledBy<Controller, Each extends Rpc = Rpc> = Controller extends object
  ? Each extends keyof Controller
    ? Controller[Each] extends (...parameters: never[]) => ReturnType<InventoryService[Each]>
      ? Each
      : never
    : never
  : never;

type Remedy<Missing> = Missing extends Rpc
  ? `RPC ${Capitalize<Missing>} has no handler: add the method ${Missing} with @GrpcMethod(INVENTORY_SERVICE) to a *.grpc.ts, and list its controller in inventory.module.ts`
  : never;

/** True if the controllers together handle every RPC of inventory.proto; otherwise what to add. */
export type HandleEveryRpc<Controllers> = [Exclude<Rpc, HandledBy<Controllers>>] extends [never]
  ? true
  : Remedy<Exclude<Rpc, HandledBy<Controllers>>>;

/** Compiles only for `true`; for anything else, the compiler prints what it is. */
export type Checked<Result extends true> = Result;
