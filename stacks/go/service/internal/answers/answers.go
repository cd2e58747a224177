// Package answers writes what the service answers: JSON by hand, because the order of keys and what is escaped are
// part of the contract, and Protocol Buffers made from that JSON.
package answers

import (
	"strconv"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"lab/stacks/service/internal/compact"
	"lab/stacks/service/internal/paging"
	"lab/stacks/service/internal/store"
	"lab/stacks/service/internal/userspb"
)

// User is a user's JSON.
func User(user *store.User) []byte { return appendUser(nil, user) }

// Page is the JSON of at most limit of the users. One user more says that there is a next page.
func Page(users []store.User, limit int) []byte {
	next := ""
	if len(users) > limit {
		users = users[:limit]
		next = paging.Cursor(users[limit-1].ID)
	}
	body := append(make([]byte, 0, 256*len(users)), `{"items":[`...)
	for i := range users {
		if i > 0 {
			body = append(body, ',')
		}
		body = appendUser(body, &users[i])
	}
	body = append(body, `],"next":`...)
	if next == "" {
		return append(body, `null}`...)
	}
	return append(compact.Text(body, next), '}')
}

func appendUser(to []byte, user *store.User) []byte {
	to = strconv.AppendInt(append(to, `{"id":`...), user.ID, 10)
	to = compact.Text(append(to, `,"name":`...), user.Name)
	to = compact.Text(append(to, `,"email":`...), user.Email)
	to = strconv.AppendInt(append(to, `,"age":`...), int64(user.Age), 10)
	to = compact.Text(append(to, `,"role":`...), user.Role)
	if user.Profile == nil {
		return append(to, `,"profile":null}`...)
	}
	to = compact.Text(append(to, `,"profile":{"bio":`...), user.Profile.Bio)
	to = compact.Text(append(to, `,"city":`...), user.Profile.City)
	return append(to, `}}`...)
}

// Item is an item's JSON.
func Item(item *store.Item) []byte {
	body := strconv.AppendInt([]byte(`{"id":`), item.ID, 10)
	body = compact.Text(append(body, `,"name":`...), item.Name)
	body = strconv.AppendInt(append(body, `,"price_cents":`...), int64(item.PriceCents), 10)
	return append(body, '}')
}

// Order is an order's JSON.
func Order(order *store.Order) []byte {
	body := strconv.AppendInt([]byte(`{"id":`), order.ID, 10)
	body = strconv.AppendInt(append(body, `,"item_id":`...), order.ItemID, 10)
	body = strconv.AppendInt(append(body, `,"quantity":`...), int64(order.Quantity), 10)
	body = compact.Text(append(body, `,"status":`...), order.Status)
	return append(body, '}')
}

// Tokens is the JSON of who has signed in.
func Tokens(access string, expiresInS int64, refresh string) []byte {
	body := compact.Text([]byte(`{"access_token":`), access)
	body = strconv.AppendInt(append(body, `,"token_type":"Bearer","expires_in":`...), expiresInS, 10)
	body = compact.Text(append(body, `,"refresh_token":`...), refresh)
	return append(body, '}')
}

// UserProto makes the Protocol Buffer of a user's JSON.
func UserProto(body []byte) ([]byte, error) { return transcode(body, &userspb.User{}) }

// PageProto makes the Protocol Buffer of a page's JSON.
func PageProto(body []byte) ([]byte, error) { return transcode(body, &userspb.UserPage{}) }

func transcode(body []byte, message proto.Message) ([]byte, error) {
	if err := protojson.Unmarshal(body, message); err != nil {
		return nil, err
	}
	return proto.Marshal(message)
}
