"""Places an order and reads a typed problem with the client that openapi-python-client has generated."""

import sys

from quickbite_orders import Client
from quickbite_orders.api.orders import place_order
from quickbite_orders.models import InsufficientStockProblem, OneItemOrder, Order

client = Client(base_url=sys.argv[1])


def place(quantity: int) -> object:
    body = OneItemOrder(user_id="u-python", sku="burger", quantity=quantity)
    return place_order.sync(client=client, body=body)


order = place(1)
assert isinstance(order, Order), order
problem = place(1_000)
assert isinstance(problem, InsufficientStockProblem), problem
assert problem.order_id and problem.shortages[0].requested == 1_000
print(f"{order.status.value}; {problem.reason.value} of {problem.shortages[0].sku}")
