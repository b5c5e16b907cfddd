import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The units of a SKU that can still be reserved. */
@Entity('stock')
export class BaselineStock {
  @PrimaryColumn('text')
  sku!: string;

  @Column('int')
  available!: number;
}

/** Reserved units. */
@Entity('reservation')
export class BaselineReservation {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  sku!: string;

  @Column('int')
  quantity!: number;

  @Column('timestamptz', { name: 'created_at', default: () => 'now()' })
  createdAt!: Date;
}
