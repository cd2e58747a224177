package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"lab/stacks/service/internal/answers"
	"lab/stacks/service/internal/fields"
	"lab/stacks/service/internal/problem"
	"lab/stacks/service/internal/store"
)

func (s *Server) getItem(r *request) error {
	id, err := r.pathID()
	if err != nil {
		return err
	}
	body, err := s.items.Read(r.Request.Context(), id)
	if err != nil {
		return err
	}
	if body == nil {
		return problem.NotFound
	}
	return r.json(http.StatusOK, body)
}

// loadItem reads an item after the delay that stands in for a slow query; nil where there is none.
func (s *Server) loadItem(ctx context.Context, id int64) ([]byte, error) {
	time.Sleep(s.settings.ItemDelay)
	item, err := s.store.Item(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return answers.Item(&item), nil
}

func (s *Server) createOrder(r *request) error {
	order, err := orderFrom(r)
	if err != nil {
		return err
	}
	replayed, err := s.place(r, order)
	if err != nil {
		if errors.Is(err, store.ErrOutOfStock) {
			s.metrics.Order(store.Sync, store.Rejected)
		}
		return err
	}
	r.order = order.ID
	outcome := order.Status
	if replayed {
		outcome = "replayed"
		r.Header("Idempotency-Replayed", "true")
	}
	s.metrics.Order(order.Mode, outcome)
	r.Header("Location", "/api/v1/orders/"+strconv.FormatInt(order.ID, 10))
	status := http.StatusCreated
	if order.Mode == store.Async {
		status = http.StatusAccepted
	}
	return r.json(status, answers.Order(order))
}

func (s *Server) place(r *request, order *store.Order) (replayed bool, err error) {
	if s.settings.AsyncOrders {
		return s.store.PlaceAsync(r.Request.Context(), order)
	}
	return s.store.PlaceSync(r.Request.Context(), order, s.settings.OrderWork)
}

func orderFrom(r *request) (*store.Order, error) {
	key, err := r.idempotencyKey()
	if err != nil {
		return nil, err
	}
	body, err := r.fields()
	if err != nil {
		return nil, err
	}
	order := &store.Order{
		UserID:         r.identity.UserID,
		ItemID:         body.Whole("item_id", 1, fields.MostID),
		Quantity:       int32(body.Whole("quantity", 1, 100)),
		IdempotencyKey: key,
	}
	return order, body.Mistakes()
}

func (r *request) idempotencyKey() (string, error) {
	const name = "Idempotency-Key"
	if _, sent := r.Request.Header[name]; !sent {
		return "", problem.IdempotencyKeyMissing
	}
	key := sentHeader(r.Request.Header, name)
	if !isKey(key) {
		return "", problem.Fields{{In: "header", At: name, Code: "format"}}
	}
	return key, nil
}

// isKey is true for 1 to 64 visible ASCII letters.
func isKey(text string) bool {
	if len(text) == 0 || len(text) > 64 {
		return false
	}
	for i := range len(text) {
		if text[i] < '!' || text[i] > '~' {
			return false
		}
	}
	return true
}

func (s *Server) getOrder(r *request) error {
	id, err := r.pathID()
	if err != nil {
		return err
	}
	order, err := s.store.Order(r.Request.Context(), id)
	if err != nil {
		return err
	}
	if !r.identity.IsAdmin() && order.UserID != r.identity.UserID {
		return problem.Forbidden
	}
	return r.json(http.StatusOK, answers.Order(&order))
}
