package ask

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
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

// Right says for each request, by its place, which answers are.
type Right []right

// right is the statuses that an answer may have, and what is known of its body.
type right struct {
	statuses []int
	known    known
	body     []byte
	size     int
}

// known is what an answer's body is compared with.
type known byte

const (
	nothingKnown known = iota
	bodyKnown
	lengthKnown
)

// Compared counts requests by what of their answers is compared beside the status.
type Compared struct {
	Body    int `json:"body"`
	Length  int `json:"length"`
	Nothing int `json:"nothing"`
}

func readRight(lookup func(string) (string, bool), requests int) (Right, error) {
	records, found := lookup("LAB_RIGHT")
	if !found {
		records = strings.Repeat(between+"200"+field, requests)[len(between):]
	}
	var all Right
	for record := range strings.SplitSeq(records, between) {
		one, err := parseRight(record)
		if err != nil {
			return nil, fmt.Errorf("LAB_RIGHT: %w", err)
		}
		all = append(all, one)
	}
	if len(all) != requests {
		return nil, fmt.Errorf("LAB_RIGHT: %d records for %d requests", len(all), requests)
	}
	return all, nil
}

func parseRight(record string) (right, error) {
	statuses, body, found := strings.Cut(record, field)
	if !found {
		return right{}, fmt.Errorf("%.80q is not statuses and a body with 0x1f between", record)
	}
	read, err := numbers(statuses, 100, 999)
	if err != nil {
		return right{}, err
	}
	if len(read) == 0 {
		return right{}, fmt.Errorf("%.80q has no status", record)
	}
	one := right{statuses: read}
	switch {
	case body == "":
	case body[0] == '=':
		one.known, one.body = bodyKnown, []byte(body[1:])
	case body[0] == '#':
		one.known = lengthKnown
		if one.size, err = strconv.Atoi(body[1:]); err != nil || one.size < 0 {
			return right{}, fmt.Errorf("%q is no length", body[1:])
		}
	default:
		return right{}, fmt.Errorf("%.80q is neither =BODY nor #LENGTH nor nothing", body)
	}
	return one, nil
}

// NeedsBody tells whether the bodies of a place's answers are themselves compared.
func (r Right) NeedsBody(place int) bool { return r[place].known == bodyKnown }

// Compared says what is compared of the answers to so many requests.
func (r Right) Compared() Compared {
	var counted Compared
	for _, one := range r {
		switch one.known {
		case bodyKnown:
			counted.Body++
		case lengthKnown:
			counted.Length++
		case nothingKnown:
			counted.Nothing++
		}
	}
	return counted
}

// Judge compares an answer with what the request at that place must get.
func (r Right) Judge(place, status int, body []byte, size int) Verdict {
	one := &r[place]
	switch {
	case !slices.Contains(one.statuses, status):
		return WrongStatus
	case one.known == bodyKnown && !bytes.Equal(one.body, body):
		return WrongBody
	case one.known == lengthKnown && one.size != size:
		return WrongBody
	}
	return IsRight
}
