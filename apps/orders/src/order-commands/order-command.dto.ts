import { IsId } from '../http/id';
import { ORDER_ID_FAULT } from '../order/order-errors';

/** The body of a command about an order that exists. */
export class OrderReferenceDto {
  @IsId(ORDER_ID_FAULT)
  orderId!: string;
}
