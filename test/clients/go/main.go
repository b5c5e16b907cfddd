// Places an order and reads a typed problem with the client that oapi-codegen has generated.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"

	"quickbite.example/client/orders"
)

// The generated PlaceOrderJSONRequestBody lacks the MarshalJSON of its union, so it is sent as {}.
func place(client *orders.ClientWithResponses, quantity int) *orders.PlaceOrderResponse {
	userID := "u-go"
	order := orders.OneItemOrder{UserId: &userID, Sku: "burger", Quantity: quantity}
	body, err := json.Marshal(order)
	if err != nil {
		log.Fatal(err)
	}
	response, err := client.PlaceOrderWithBodyWithResponse(
		context.Background(), &orders.PlaceOrderParams{}, "application/json", bytes.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	return response
}

func main() {
	log.SetFlags(0)
	client, err := orders.NewClientWithResponses(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	placed := place(client, 1)
	if placed.JSON201 == nil {
		log.Fatalf("%s: %s", placed.Status(), placed.Body)
	}
	rejected := place(client, 1_000)
	if rejected.ApplicationproblemJSON409 == nil {
		log.Fatalf("%s: %s", rejected.Status(), rejected.Body)
	}
	value, err := rejected.ApplicationproblemJSON409.ValueByDiscriminator()
	if err != nil {
		log.Fatal(err)
	}
	problem, ok := value.(orders.InsufficientStockProblem)
	if !ok || len(problem.Shortages) != 1 || problem.Shortages[0].Requested != 1_000 {
		log.Fatalf("%#v", value)
	}
	fmt.Printf("%s; %s of %s\n", placed.JSON201.Status, problem.Reason, problem.Shortages[0].Sku)
}
