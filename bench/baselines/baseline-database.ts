import type { DynamicModule } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';

/** The default pool size of the services. */
const POOL_SIZE = 10;

/** Connects to an empty database and creates the tables of these classes. */
export const baselineDatabase = (
  url: string,
  ...entities: readonly (new () => object)[]
): DynamicModule =>
  TypeOrmModule.forRoot({
    type: 'postgres',
    url,
    poolSize: POOL_SIZE,
    entities: [...entities],
    synchronize: true,
  });
