package ask

import (
	"bytes"
	"math"
	"slices"
	"strings"
)

// A Verdict on an answer.
type Verdict int

// What an answer can be.
const (
	IsRight Verdict = iota
	WrongStatus
	WrongBody
)

// Right says which answers are. Where there are as many answers (or lengths) as requests, each request has its own;
// else any of them is right for any request, which does not notice answers that were swapped.
type Right struct {
	statuses [1000]bool
	bodies   [][]byte
	lengths  []int
	own      bool
}

func readRight(lookup func(string) (string, bool), requests int) (Right, error) {
	var right Right
	statuses, err := numbers(lookup, "LAB_STATUS", 100, 999)
	if err != nil {
		return right, err
	}
	if len(statuses) == 0 {
		statuses = []int{200}
	}
	for _, status := range statuses {
		right.statuses[status] = true
	}
	if answers, found := lookup("LAB_ANSWERS"); found {
		for answer := range strings.SplitSeq(answers, between) {
			right.bodies = append(right.bodies, []byte(answer))
		}
		right.own = len(right.bodies) == requests
		return right, nil
	}
	right.lengths, err = numbers(lookup, "LAB_LENGTHS", 0, math.MaxInt)
	right.own = len(right.lengths) == requests
	return right, err
}

// NeedsBody tells whether the bodies themselves are compared.
func (r *Right) NeedsBody() bool { return r.bodies != nil }

// Compared says in two words what of an answer is compared with what.
func (r *Right) Compared() string {
	whose := "any"
	if r.own {
		whose = "own"
	}
	switch {
	case r.bodies != nil:
		return whose + " body"
	case r.lengths != nil:
		return whose + " length"
	}
	return "status only"
}

// Judge compares an answer with what the request at that place must get.
func (r *Right) Judge(place, status int, body []byte, size int) Verdict {
	if status >= len(r.statuses) || !r.statuses[status] {
		return WrongStatus
	}
	switch {
	case r.bodies != nil && r.own:
		return verdict(bytes.Equal(r.bodies[place], body))
	case r.bodies != nil:
		return verdict(slices.ContainsFunc(r.bodies, func(one []byte) bool { return bytes.Equal(one, body) }))
	case r.lengths != nil && r.own:
		return verdict(r.lengths[place] == size)
	case r.lengths != nil:
		return verdict(slices.Contains(r.lengths, size))
	}
	return IsRight
}

func verdict(right bool) Verdict {
	if right {
		return IsRight
	}
	return WrongBody
}
