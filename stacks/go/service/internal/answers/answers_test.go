package answers_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"lab/stacks/service/internal/answers"
	"lab/stacks/service/internal/store"
	"lab/stacks/service/internal/userspb"
)

var users = []store.User{
	{ID: 1, Name: "Ada <&>", Email: "ada@example.org", Age: 36, Role: "admin", Profile: &store.Profile{Bio: "\"ä\"\u2028", City: ""}},
	{ID: 2, Name: "B", Email: "b@example.org", Role: "user"},
}

const (
	ada = `{"id":1,"name":"Ada <&>","email":"ada@example.org","age":36,"role":"admin","profile":{"bio":"\"ä\"` + "\u2028" + `","city":""}}`
	bob = `{"id":2,"name":"B","email":"b@example.org","age":0,"role":"user","profile":null}`
)

func TestUserIsCompactAndKeepsTheOrder(t *testing.T) {
	if got := string(answers.User(&users[0])); got != ada {
		t.Error(got)
	}
}

func TestPageHasACursorOnlyIfThereIsMore(t *testing.T) {
	for limit, want := range map[int]string{
		2: `{"items":[` + ada + `,` + bob + `],"next":null}`,
		1: `{"items":[` + ada + `],"next":"MQ"}`,
	} {
		if got := string(answers.Page(users, limit)); got != want {
			t.Errorf("limit %d: %s", limit, got)
		}
	}
	if got := string(answers.Page(nil, 20)); got != `{"items":[],"next":null}` {
		t.Error(got)
	}
}

func TestProtoHasTheSameFields(t *testing.T) {
	body, err := answers.PageProto(answers.Page(users, 1))
	if err != nil {
		t.Fatal(err)
	}
	var page userspb.UserPage
	if err := proto.Unmarshal(body, &page); err != nil {
		t.Fatal(err)
	}
	want := &userspb.UserPage{Next: "MQ", Items: []*userspb.User{{
		Id: 1, Name: "Ada <&>", Email: "ada@example.org", Age: 36, Role: "admin",
		Profile: &userspb.Profile{Bio: "\"ä\"\u2028"},
	}}}
	if !proto.Equal(&page, want) {
		t.Errorf("%v", &page)
	}
	alone, err := answers.UserProto(answers.User(&users[1]))
	var user userspb.User
	if err != nil || proto.Unmarshal(alone, &user) != nil || user.Profile != nil || user.Id != 2 {
		t.Errorf("%v, %v", &user, err)
	}
}

func TestTheOtherAnswersKeepTheOrder(t *testing.T) {
	for got, want := range map[string]string{
		string(answers.Item(&store.Item{ID: 1, Name: "Item 0001", PriceCents: 1001})):                     `{"id":1,"name":"Item 0001","price_cents":1001}`,
		string(answers.Order(&store.Order{ID: 7, UserID: 3, ItemID: 1, Quantity: 2, Status: store.Done})): `{"id":7,"item_id":1,"quantity":2,"status":"done"}`,
		string(answers.Tokens("a.b.c", 900, "s.t")):                                                       `{"access_token":"a.b.c","token_type":"Bearer","expires_in":900,"refresh_token":"s.t"}`,
	} {
		if got != want {
			t.Error(got)
		}
	}
}
