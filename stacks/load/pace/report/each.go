package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"
)

// longestBody is how much of an answer is told of one request.
const longestBody = 2048

// A Request is what became of one. README.md explains every field.
type Request struct {
	Target int    `json:"target"`
	Number int    `json:"number"`
	Place  int    `json:"place"`
	DueUS  int64  `json:"due_us"`
	SentUS int64  `json:"sent_us"`
	EndUS  int64  `json:"end_us"`
	End    string `json:"end"`
	Status int    `json:"status,omitempty"`
	Again  bool   `json:"again,omitempty"`
	Unique string `json:"unique,omitempty"`
	Body   string `json:"body,omitempty"`
}

// How a request ended that has no Kind of error.
const (
	Answered = "answered"
	Dropped  = "dropped"
)

// Name is what a kind is called in what is printed.
func (k Kind) Name() string { return kindNames[k] }

// Microseconds of a time since the start.
func Microseconds(at time.Duration) int64 { return at.Round(time.Microsecond).Microseconds() }

// Told is as much of a body as is told: none of a plain 200, whose body is what was asked for.
func Told(status int, body []byte) string {
	if status == 200 {
		return ""
	}
	return string(body[:min(len(body), longestBody)])
}

// PrintEach writes a line for every request, in the order in which they were due.
func PrintEach(out io.Writer, requests []Request) error {
	slices.SortFunc(requests, func(a, b Request) int { return a.Number - b.Number })
	for _, one := range requests {
		line, err := json.Marshal(one)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "each %s\n", line); err != nil {
			return err
		}
	}
	return nil
}
