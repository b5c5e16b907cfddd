import { IsUUID } from 'class-validator';
import { ORDER_ID_FAULT } from '../order/order-errors';

/** The body of a command about an order that exists. */
export class OrderReferenceDto {
  @IsUUID('all', { message: ORDER_ID_FAULT })
  orderId!: string;
}
