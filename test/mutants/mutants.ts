import { ACCESS_MUTANTS } from './access-mutants';
import { ACCESS_KEY_MUTANTS } from './access-key-mutants';
import { CALL_MUTANTS } from './call-mutants';
import { EVENT_MUTANTS } from './event-mutants';
import { GRPC_MUTANTS } from './grpc-mutants';
import { HTTP_MUTANTS } from './http-mutants';
import { IMPORT_MUTANTS } from './import-mutants';
import { LIBRARY_MUTANTS } from './library-mutants';
import { MESSAGING_MUTANTS } from './messaging-mutants';
import { MIGRATION_MUTANTS } from './migration-mutants';
import type { Mutant } from './mutant';
import { PLACING_MUTANTS } from './placing-mutants';
import { PRIVILEGE_MUTANTS } from './privilege-mutants';
import { READ_MUTANTS } from './read-mutants';
import { RECONCILER_MUTANTS } from './reconciler-mutants';
import { REDUCTION_MUTANTS } from './reduction-mutants';
import { RESERVATION_MUTANTS } from './reservation-mutants';
import { SECURITY_MUTANTS } from './security-mutants';
import { SESSION_MUTANTS } from './session-mutants';
import { STOCK_MUTANTS } from './stock-mutants';
import { TEXT_MUTANTS } from './text-mutants';
import { TRANSITION_MUTANTS } from './transition-mutants';
import { WATCH_MUTANTS } from './watch-mutants';
import { WEBHOOK_MUTANTS } from './webhook-mutants';
import { WIRE_MUTANTS } from './wire-mutants';

/** Every guard, each with the tests that must fail without it. */
export const MUTANTS: readonly Mutant[] = [
  ...STOCK_MUTANTS,
  ...SESSION_MUTANTS,
  ...RESERVATION_MUTANTS,
  ...IMPORT_MUTANTS,
  ...REDUCTION_MUTANTS,
  ...LIBRARY_MUTANTS,
  ...PLACING_MUTANTS,
  ...TRANSITION_MUTANTS,
  ...RECONCILER_MUTANTS,
  ...CALL_MUTANTS,
  ...WIRE_MUTANTS,
  ...HTTP_MUTANTS,
  ...TEXT_MUTANTS,
  ...MIGRATION_MUTANTS,
  ...PRIVILEGE_MUTANTS,
  ...WATCH_MUTANTS,
  ...EVENT_MUTANTS,
  ...MESSAGING_MUTANTS,
  ...WEBHOOK_MUTANTS,
  ...ACCESS_KEY_MUTANTS,
  ...GRPC_MUTANTS,
  ...READ_MUTANTS,
  ...ACCESS_MUTANTS,
  ...SECURITY_MUTANTS,
];
