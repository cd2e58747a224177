package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/gorm"
)

// Refusal is an answer of the database that is no fault.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// What may be refused.
const (
	ErrNotFound    Refusal = "there is no such row"
	ErrEmailTaken  Refusal = "another user has this address"
	ErrHasOrders   Refusal = "the user has orders"
	ErrUserGone    Refusal = "the user was deleted"
	ErrOutOfStock  Refusal = "too little stock"
	ErrKeyReused   Refusal = "the idempotency key belongs to another order"
	errKeyIsKnown  Refusal = "the idempotency key belongs to an order"
	emailIndex             = "users_email_key"
	ordersUserKey          = "orders_user_id_fkey"
	ordersItemKey          = "orders_item_id_fkey"
	uniqueViolated         = "23505"
	foreignMissing         = "23503"
	restricted             = "23001"
)

// ErrUnavailable is in every error that means: Postgres did not answer, try again later.
var ErrUnavailable = errors.New("Postgres does not answer")

// explained sorts errors: refusals stay, faults of the way to Postgres get ErrUnavailable, the rest are bugs.
func explained(err error) error {
	var refusal Refusal
	switch {
	case err == nil || errors.As(err, &refusal) || errors.Is(err, ErrUnavailable):
		return err
	case errors.Is(err, gorm.ErrRecordNotFound):
		return ErrNotFound
	case isOutage(err):
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

func isOutage(err error) bool {
	var answer *pgconn.PgError
	if errors.As(err, &answer) {
		return isOutageCode(answer.Code)
	}
	var network net.Error
	var connect *pgconn.ConnectError
	if errors.As(err, &network) || errors.As(err, &connect) || pgconn.SafeToRetry(err) {
		return true
	}
	for _, known := range []error{
		io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, context.DeadlineExceeded, context.Canceled, driver.ErrBadConn,
		sql.ErrConnDone, sql.ErrTxDone, pgx.ErrTxClosed,
	} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// isOutageCode knows Postgres's own words for: not now. See appendix A of its manual.
func isOutageCode(code string) bool {
	switch code[:2] {
	case "08", "53", "57", "58": // connection, resources, operator intervention, the system below
		return true
	case "40": // rolled back: serialization, deadlock
		return true
	}
	return false
}

// violates is true where err is the violation of that constraint.
func violates(err error, code, constraint string) bool {
	var answer *pgconn.PgError
	return errors.As(err, &answer) && answer.Code == code && answer.ConstraintName == constraint
}
