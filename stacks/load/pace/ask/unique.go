package ask

import (
	"crypto/rand"
	"encoding/hex"
	"strconv"
)

const uniqueBytes = 24

// Unique makes texts that no other thread, process or round has: random bytes and a number, always equally long.
type Unique struct {
	prefix []byte
	count  uint32
}

// NewUnique begins with random bytes of its own.
func NewUnique() *Unique {
	random := make([]byte, 8)
	rand.Read(random) // never fails: crypto/rand ends the program instead
	return &Unique{prefix: hex.AppendEncode(nil, random)}
}

// Made is how many texts there were.
func (u *Unique) Made() uint32 { return u.count }

// Last is the text that was made last.
func (u *Unique) Last() string { return string(u.append(nil)) }

func (u *Unique) appendTo(buffer []byte) []byte {
	u.count++
	return u.append(buffer)
}

func (u *Unique) append(buffer []byte) []byte {
	buffer = append(buffer, u.prefix...)
	digits := strconv.AppendUint(make([]byte, 0, 8), uint64(u.count), 16)
	return append(append(buffer, "00000000"[len(digits):]...), digits...)
}
