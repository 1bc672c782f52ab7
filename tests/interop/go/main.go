// Command peer is a go-ethereum devp2p node that is driven over stdin and
// reports over stdout, one JSON object a line in both directions.
package main

import (
	"bufio"
	"crypto/ecdsa"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/p2p/enode"
)

func main() {
	if len(os.Args) < 2 {
		usage()
	}
	run, known := programs[os.Args[1]]
	if !known {
		usage()
	}
	if err := run(os.Args[2:]); err != nil {
		emit("error", fields{"error": err.Error()})
		os.Exit(1)
	}
}

// programs are what this command can run, by its first argument.
var programs = map[string]func(arguments []string) error{
	"server": runServer,
	"probe":  runProbe,
	"bench":  runBench,
	"memory": runMemory,
}

func usage() {
	names := slices.Sorted(maps.Keys(programs))
	fmt.Fprintf(os.Stderr, "usage: peer %s [flags] (-h lists them)\n", strings.Join(names, "|"))
	os.Exit(2)
}

// fields are the members of an event, beside its name.
type fields map[string]any

var (
	stdoutMu sync.Mutex
	stdout   = json.NewEncoder(os.Stdout)
)

// emit prints one event. Safe for concurrent use.
func emit(event string, f fields) {
	line := fields{"event": event}
	for k, v := range f {
		line[k] = v
	}
	stdoutMu.Lock()
	defer stdoutMu.Unlock()
	stdout.Encode(line)
}

// command is the union of what the subcommands take on stdin.
type command struct {
	Cmd      string `json:"cmd"`
	Cmd2     string `json:"cmd2"`
	Protocol string `json:"protocol"`
	Text     string `json:"text"`
	Prefix   string `json:"prefix"`
	Kind     string `json:"kind"`
	Enode    string `json:"enode"`
	ID       string `json:"id"`
	Payload  string `json:"payload"`
	Code     uint64 `json:"code"`
	Number   uint64 `json:"number"`
	Size     int    `json:"size"`
	Count    int    `json:"count"`
	Seed     uint64 `json:"seed"`
	Reason   uint8  `json:"reason"`
	Plain    bool   `json:"plain"`
}

// readCommands calls handle for each line until stdin ends or handle returns
// false. A line that is no command is reported and skipped.
func readCommands(handle func(command) bool) {
	in := bufio.NewReaderSize(os.Stdin, 1<<16)
	for {
		line, err := in.ReadBytes('\n')
		if text := strings.TrimSpace(string(line)); text != "" {
			var c command
			if jerr := json.Unmarshal([]byte(text), &c); jerr != nil {
				emit("bad-command", fields{"error": jerr.Error()})
			} else if !handle(c) {
				return
			}
		}
		if err != nil {
			if err != io.EOF {
				emit("bad-command", fields{"error": err.Error()})
			}
			return
		}
	}
}

// stringList is a flag that may be given more than once.
type stringList []string

func (l *stringList) String() string     { return strings.Join(*l, ",") }
func (l *stringList) Set(s string) error { *l = append(*l, s); return nil }

var _ flag.Value = (*stringList)(nil)

// parseKey reads a 32-byte key in hex, or makes one when the text is empty.
func parseKey(text string) (*ecdsa.PrivateKey, error) {
	if text == "" {
		return crypto.GenerateKey()
	}
	return crypto.HexToECDSA(strings.TrimPrefix(text, "0x"))
}

// publicHex is a node's public key, 64 bytes in hex.
func publicHex(key *ecdsa.PublicKey) string {
	if key == nil {
		return ""
	}
	return hex.EncodeToString(crypto.FromECDSAPub(key)[1:])
}

func parseNodes(urls []string) ([]*enode.Node, error) {
	var nodes []*enode.Node
	for _, u := range urls {
		n, err := enode.ParseV4(u)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", u, err)
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

// parseSlashed splits NAME/NUMBER/... into the name and exactly n numbers.
func parseSlashed(text string, n int) (string, []uint64, error) {
	parts := strings.Split(text, "/")
	if len(parts) != n+1 || parts[0] == "" {
		return "", nil, fmt.Errorf("%q: want a name and %d numbers, with slashes between", text, n)
	}
	var numbers []uint64
	for _, p := range parts[1:] {
		v, err := strconv.ParseUint(p, 10, 64)
		if err != nil {
			return "", nil, fmt.Errorf("%q: %w", text, err)
		}
		numbers = append(numbers, v)
	}
	return parts[0], numbers, nil
}
