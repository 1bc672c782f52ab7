package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"unicode/utf8"

	"github.com/ethereum/go-ethereum/rlp"
)

// textMessage is the payload of message 0 of every protocol here: [text].
type textMessage struct {
	Text []byte
}

// shownText is the longest text that an event repeats.
const shownText = 256

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// describe adds what an event tells of a text.
func describe(f fields, text []byte) fields {
	f["length"] = len(text)
	f["sha256"] = digest(text)
	if len(text) <= shownText && utf8.Valid(text) {
		f["text"] = string(text)
	}
	return f
}

// generate makes size bytes: "zero" compresses to almost nothing, "random"
// not at all, "rlp" (a run of encoded records) by about a half. The same seed
// gives the same bytes.
func generate(kind string, size int, seed uint64) ([]byte, error) {
	if size < 0 || size > 1<<24 {
		return nil, fmt.Errorf("size %d is out of range", size)
	}
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	source := rand.NewChaCha8(key)
	switch kind {
	case "", "zero":
		return make([]byte, size), nil
	case "random":
		out := make([]byte, size)
		source.Read(out)
		return out, nil
	case "rlp":
		out := make([]byte, 0, size+256)
		for n := uint64(0); len(out) < size; n++ {
			var address [20]byte
			var hash [32]byte
			address[0] = byte(source.Uint64() & 15)
			source.Read(hash[:])
			record, err := rlp.EncodeToBytes([]any{n, address, uint64(21000), []byte{}, hash, make([]byte, 40)})
			if err != nil {
				return nil, err
			}
			out = append(out, record...)
		}
		return out[:size], nil
	}
	return nil, fmt.Errorf("unknown kind %q", kind)
}
