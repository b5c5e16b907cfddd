import { SetMetadata } from '@nestjs/common';

const AUDITED_AS = 'quickbite:audited-as';

/** Records a handler under the name of another one, of which it is an alias. */
export const AuditedAs = (action: string): MethodDecorator => SetMetadata(AUDITED_AS, action);

/** Returns the name under which the audit trail has the calls of a handler. */
export const auditedNameOf = (handler: { readonly name: string }): string =>
  (Reflect.getMetadata(AUDITED_AS, handler) as string | undefined) ?? handler.name;
