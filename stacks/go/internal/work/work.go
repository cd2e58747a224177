// Package work is what every Go service of the lab does beside routing: what it computes, knows and names.
package work

import (
	"errors"
	"fmt"
	"math/big"
	"net/url"
	"os"
	"strconv"
	"time"
)

const (
	// StaticFolder holds the files under /static/; the image's build makes them.
	StaticFolder = "/srv/static"
	// Token is what the only user sends as X-Token.
	Token = "lab"

	usualN = 100_000
	mostN  = 200_000
)

// ErrNumber is the answer to an n that cannot be computed.
var ErrNumber = errors.New("n must be a whole number from 0 to 200000")

// Worker names who answered. The process says it all: goroutines move from thread to thread.
var Worker = strconv.Itoa(os.Getpid())

// Routes are the fifty numbers in /api/r01/{id} to /api/r50/{id}, in the order in which they are registered.
var Routes = routeNumbers(50)

// Computed says what was computed, and how long it took in milliseconds.
type Computed struct {
	N  int64   `json:"n"`
	MS float64 `json:"ms"`
}

// Route says which of the fifty routes it was, and what stood in the path.
type Route struct {
	Route string `json:"route"`
	ID    string `json:"id"`
}

// User is whom a token stands for.
type User struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

// Ada is the only user there is.
var Ada = User{ID: 1, Name: "Ada"}

// Compute multiplies 1 to the query's n. The error is ErrNumber or nil.
func Compute(query url.Values) (Computed, error) {
	n, err := number(query)
	if err != nil {
		return Computed{}, err
	}
	started := time.Now()
	multiply(n)
	return Computed{N: n, MS: float64(time.Since(started)) / float64(time.Millisecond)}, nil
}

func number(query url.Values) (int64, error) {
	if !query.Has("n") {
		return usualN, nil
	}
	n, err := strconv.ParseInt(query.Get("n"), 10, 64)
	if err != nil || n < 0 || n > mostN {
		return 0, ErrNumber
	}
	return n, nil
}

// One number after the other, as the other languages do it: math/big's MulRange is a faster way.
func multiply(n int64) *big.Int {
	product, factor := big.NewInt(1), new(big.Int)
	for i := int64(1); i <= n; i++ {
		product.Mul(product, factor.SetInt64(i))
	}
	return product
}

func routeNumbers(count int) []string {
	numbers := make([]string, count)
	for i := range numbers {
		numbers[i] = fmt.Sprintf("%02d", i+1)
	}
	return numbers
}
