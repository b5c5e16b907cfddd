import {
  FieldDescriptorProto,
  type IDescriptorProto,
  type IFieldDescriptorProto,
} from 'protobufjs/ext/descriptor';
import { type ListLimit, LIST_LIMITS } from '../limits';
import { decodeDescriptorSet } from '../proto-files';

/** Wire types of protobuf. Groups (3 and 4) do not exist in proto3. */
export const VARINT = 0;
export const FIXED_64 = 1;
export const LENGTH_DELIMITED = 2;
export const FIXED_32 = 5;

export type WireType = typeof VARINT | typeof FIXED_64 | typeof LENGTH_DELIMITED | typeof FIXED_32;

/** The limit of a list over the whole request, and its place among the counters of a scan. */
export interface ListPlan extends ListLimit {
  readonly index: number;
  /** Whether the list is inside the entries of another list. `max` then is the sum over all of them. */
  readonly isNested: boolean;
}

/** What a scan checks of one field. */
export interface FieldPlan {
  readonly name: string;
  readonly wireType: WireType;
  readonly isText: boolean;
  readonly list: ListPlan | undefined;
  readonly message: MessagePlan | undefined;
}

export interface MessagePlan {
  /** Full name of the type: inventory.v1.GetStockRequest. */
  readonly name: string;
  readonly fields: ReadonlyMap<number, FieldPlan>;
}

/** The request of one method. */
export interface RequestPlan {
  readonly message: MessagePlan;
  /** Number of lists with a counter. */
  readonly listCount: number;
}

/** More than any request has. A type that contains itself has no bound. */
const MAX_DEPTH = 8;

const TYPES = FieldDescriptorProto.getEnum('Type');
const REPEATED = FieldDescriptorProto.getEnum('Label').LABEL_REPEATED;

/** All other types are varints. */
const WIRE_TYPES: ReadonlyMap<number | undefined, WireType> = new Map([
  [TYPES.TYPE_DOUBLE, FIXED_64],
  [TYPES.TYPE_FIXED64, FIXED_64],
  [TYPES.TYPE_SFIXED64, FIXED_64],
  [TYPES.TYPE_FLOAT, FIXED_32],
  [TYPES.TYPE_FIXED32, FIXED_32],
  [TYPES.TYPE_SFIXED32, FIXED_32],
  [TYPES.TYPE_STRING, LENGTH_DELIMITED],
  [TYPES.TYPE_BYTES, LENGTH_DELIMITED],
  [TYPES.TYPE_MESSAGE, LENGTH_DELIMITED],
]);

/** Returns what to check of each method's request, by path (`/package.Service/Method`). */
export const requestPlans = (
  descriptorSet: Buffer,
  limits: Readonly<Record<string, ListLimit>> = LIST_LIMITS,
): ReadonlyMap<string, RequestPlan> => {
  const files = decodeDescriptorSet(descriptorSet);
  const types = new Map<string, IDescriptorProto>();
  for (const { package: name = '', messageType = [] } of files) addTypes(types, name, messageType);
  const plans = new Map<string, RequestPlan>();
  for (const { package: packageName = '', service: services = [] } of files) {
    for (const service of services) {
      for (const { name: method, inputType = '' } of service.method ?? []) {
        const path = `/${packageName}.${service.name}/${method}`;
        plans.set(path, new PlanBuilder(types, limits).build(inputType.slice(1)));
      }
    }
  }
  return plans;
};

const addTypes = (
  types: Map<string, IDescriptorProto>,
  parent: string,
  messages: readonly IDescriptorProto[],
): void => {
  for (const message of messages) {
    const name = `${parent}.${message.name}`;
    types.set(name, message);
    addTypes(types, name, message.nestedType ?? []);
  }
};

class PlanBuilder {
  private listCount = 0;

  constructor(
    private readonly types: ReadonlyMap<string, IDescriptorProto>,
    private readonly limits: Readonly<Record<string, ListLimit>>,
  ) {}

  build(name: string): RequestPlan {
    const message = this.messageOf(name, 1, 0);
    return { message, listCount: this.listCount };
  }

  /** `multiplicity`: how often the message may occur in the request. */
  private messageOf(name: string, multiplicity: number, depth: number): MessagePlan {
    const type = this.types.get(name);
    if (!type) throw new Error(`The descriptor set has no message ${name}; npm run proto:types`);
    if (depth > MAX_DEPTH) throw new Error(`${name} is nested deeper than ${MAX_DEPTH} levels`);
    const fields = new Map<number, FieldPlan>();
    for (const field of type.field ?? []) {
      fields.set(field.number ?? 0, this.fieldOf(field, name, multiplicity, depth));
    }
    return { name, fields };
  }

  private fieldOf(
    { name = '', type, label, typeName = '' }: IFieldDescriptorProto,
    parent: string,
    multiplicity: number,
    depth: number,
  ): FieldPlan {
    const list = label === REPEATED ? this.listOf(`${parent}.${name}`, multiplicity) : undefined;
    const message =
      type === TYPES.TYPE_MESSAGE
        ? this.messageOf(typeName.slice(1), list?.max ?? multiplicity, depth + 1)
        : undefined;
    const wireType = WIRE_TYPES.get(type) ?? VARINT;
    return { name, wireType, isText: type === TYPES.TYPE_STRING, list, message };
  }

  private listOf(fullName: string, multiplicity: number): ListPlan {
    const limit = this.limits[fullName];
    if (!limit)
      throw new Error(`The list ${fullName} has no limit: add it to LIST_LIMITS in limits.ts`);
    const index = this.listCount;
    this.listCount += 1;
    return { ...limit, index, max: limit.max * multiplicity, isNested: multiplicity > 1 };
  }
}
