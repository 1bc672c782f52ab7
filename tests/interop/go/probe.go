package main

import (
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/p2p/enode"
	"github.com/ethereum/go-ethereum/p2p/rlpx"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/golang/snappy"
)

// Codes of the base protocol.
const (
	codeHello      = 0
	codeDisconnect = 1
	codePing       = 2
	codePong       = 3
)

const (
	snappyVersion = 5
	emptyList     = "\xc0"
	shownPayload  = 1024
)

// hello is the message that opens the base protocol.
type hello struct {
	Version    uint64
	Name       string
	Caps       []p2p.Cap
	ListenPort uint64
	ID         []byte
	Rest       []rlp.RawValue `rlp:"tail"`
}

// probe is one bare connection. It compresses by itself, so that it can show
// and send payloads as they are on the wire.
type probe struct {
	conn   *rlpx.Conn
	snappy bool // set before the first concurrent use

	mu sync.Mutex // held while writing

	closing sync.Once
	closed  chan struct{}
}

func runProbe(args []string) error {
	var caps stringList
	set := flag.NewFlagSet("probe", flag.ExitOnError)
	target := set.String("enode", "", "`ENODE` to dial")
	listen := set.String("listen", "", "`ADDRESS` to accept one connection at, in place of dialing")
	key := set.String("key", "", "32-byte private key in `HEX` (random if absent)")
	name := set.String("name", "go-probe", "client name in Hello")
	version := set.Uint64("p2p-version", snappyVersion, "base protocol version in Hello")
	helloID := set.String("hello-id", "", "node id in Hello, in `HEX` (ours if absent)")
	rawFirst := set.Int("raw-first", -1, "send an empty list with this `CODE` before Hello")
	noHello := set.Bool("no-hello", false, "send no Hello")
	stay := set.Float64("stay", 0, "end after so many `SECONDS`; stdin may end before that")
	set.Var(&caps, "cap", "`NAME/VERSION`, may repeat (default foobar/1)")
	set.Parse(args)

	private, err := parseKey(*key)
	if err != nil {
		return fmt.Errorf("--key: %w", err)
	}
	ours := hello{Version: *version, Name: *name}
	if len(caps) == 0 {
		caps = stringList{"foobar/1"}
	}
	for _, text := range caps {
		name, numbers, err := parseSlashed(text, 1)
		if err != nil {
			return fmt.Errorf("--cap: %w", err)
		}
		ours.Caps = append(ours.Caps, p2p.Cap{Name: name, Version: uint(numbers[0])})
	}
	if *helloID == "" {
		*helloID = publicHex(&private.PublicKey)
	}
	if ours.ID, err = hex.DecodeString(*helloID); err != nil {
		return fmt.Errorf("--hello-id: %w", err)
	}

	// Connect, and agree on keys.
	p := &probe{closed: make(chan struct{})}
	if *listen != "" {
		listener, err := net.Listen("tcp", *listen)
		if err != nil {
			return err
		}
		addr := listener.Addr().(*net.TCPAddr)
		emit("listening", fields{
			"enode": enode.NewV4(&private.PublicKey, addr.IP, addr.Port, addr.Port).URLv4(),
			"addr":  addr.String(),
			"id":    publicHex(&private.PublicKey),
		})
		fd, err := listener.Accept()
		if err != nil {
			return err
		}
		listener.Close()
		p.conn = rlpx.NewConn(fd, nil)
	} else {
		remote, err := enode.ParseV4(*target)
		if err != nil {
			return fmt.Errorf("--enode: %w", err)
		}
		address := net.JoinHostPort(remote.IPAddr().String(), strconv.Itoa(remote.TCP()))
		fd, err := net.DialTimeout("tcp", address, 5*time.Second)
		if err != nil {
			return err
		}
		p.conn = rlpx.NewConn(fd, remote.Pubkey())
	}
	p.conn.SetDeadline(time.Now().Add(5 * time.Second))
	remoteKey, err := p.conn.Handshake(private)
	if err != nil {
		p.close("handshake: " + err.Error())
		return nil
	}
	p.conn.SetDeadline(time.Time{})
	emit("handshake", fields{"id": publicHex(remoteKey)})

	go p.run(ours, *rawFirst, !*noHello)
	if *stay > 0 {
		go readCommands(p.command)
		select {
		case <-p.closed:
		case <-time.After(time.Duration(*stay * float64(time.Second))):
			p.close("stayed as long as told")
		}
		return nil
	}
	go func() {
		readCommands(p.command)
		p.close("asked to")
	}()
	<-p.closed
	return nil
}

// run exchanges Hello, then reads until the connection ends.
func (p *probe) run(ours hello, rawFirst int, sendHello bool) {
	if rawFirst >= 0 {
		if err := p.write(uint64(rawFirst), []byte(emptyList)); err != nil {
			p.close(err.Error())
			return
		}
	}
	if sendHello {
		data, err := rlp.EncodeToBytes(&ours)
		if err == nil {
			err = p.write(codeHello, data)
		}
		if err != nil {
			// The cause may still be readable.
			emit("send-error", fields{"error": err.Error()})
		}
	}
	greeted := false
	pongs := 0
	for {
		code, wire, _, err := p.conn.Read()
		if err != nil {
			p.close(err.Error())
			return
		}
		if code == codeHello && !greeted {
			greeted = true
			theirs, err := p.hello(wire)
			if err != nil {
				emit("message", fields{"code": code, "size": len(wire), "error": err.Error()})
				continue
			}
			p.mu.Lock()
			p.snappy = sendHello && ours.Version >= snappyVersion && theirs.Version >= snappyVersion
			p.mu.Unlock()
			emit("ready", fields{"snappy": p.snappy})
			continue
		}
		data, compressed, derr := p.decompress(wire)
		switch code {
		case codeDisconnect:
			reason, form := readReason(data)
			emit("disconnect", fields{
				"reason":     reason,
				"text":       p2p.DiscReason(reason).String(),
				"form":       form,
				"raw":        hex.EncodeToString(wire),
				"compressed": compressed,
			})
		case codePing:
			emit("ping", fields{"raw": hex.EncodeToString(wire)})
			// Not from here: a blocked write must not stop the reading.
			go p.send(codePong, []byte(emptyList), false)
		case codePong:
			pongs++
			emit("pong", fields{"count": pongs, "raw": hex.EncodeToString(wire)})
		default:
			f := fields{"code": code, "size": len(data), "wire_size": len(wire), "compressed": compressed, "sha256": digest(data)}
			if len(data) <= shownPayload {
				f["payload"] = hex.EncodeToString(data)
			}
			if derr != nil {
				f["error"] = derr.Error()
			}
			emit("message", f)
		}
	}
}

func (p *probe) hello(data []byte) (*hello, error) {
	var theirs hello
	if err := rlp.DecodeBytes(data, &theirs); err != nil {
		return nil, err
	}
	caps := [][]any{}
	for _, c := range theirs.Caps {
		caps = append(caps, []any{c.Name, c.Version})
	}
	emit("hello", fields{
		"version": theirs.Version,
		"name":    theirs.Name,
		"caps":    caps,
		"port":    theirs.ListenPort,
		"id":      hex.EncodeToString(theirs.ID),
		"extra":   len(theirs.Rest),
		"raw":     hex.EncodeToString(data),
	})
	return &theirs, nil
}

// decompress gives the payload and whether it was compressed. What ought to be
// compressed and is not comes back as it was, with the error.
func (p *probe) decompress(wire []byte) ([]byte, bool, error) {
	if !p.snappy {
		return wire, false, nil
	}
	n, err := snappy.DecodedLen(wire)
	if err == nil && n >= 1<<24 {
		err = errors.New("declared length of 16 MiB or more")
	}
	if err != nil {
		return wire, false, err
	}
	data, err := snappy.Decode(nil, wire)
	if err != nil {
		return wire, false, err
	}
	return data, true, nil
}

// readReason takes a list, a bare integer, or nothing.
func readReason(data []byte) (uint8, string) {
	var list struct {
		Reason uint8
		Rest   []rlp.RawValue `rlp:"tail"`
	}
	var bare uint8
	switch {
	case len(data) == 0:
		return 0, "empty"
	case data[0] == 0xc0:
		return 0, "empty-list"
	case rlp.DecodeBytes(data, &list) == nil:
		return list.Reason, "list"
	case rlp.DecodeBytes(data, &bare) == nil:
		return bare, "integer"
	case len(data) == 1:
		return data[0], "byte" // 0x00 is no canonical integer
	}
	return p2p.DiscInvalid, "invalid"
}

// write sends a message with its payload as it is.
func (p *probe) write(code uint64, wire []byte) error {
	p.conn.SetWriteDeadline(time.Now().Add(20 * time.Second))
	_, err := p.conn.Write(code, wire)
	return err
}

// send sends a message, compressed if that was agreed on and plain is not set.
func (p *probe) send(code uint64, data []byte, plain bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.snappy && !plain {
		data = snappy.Encode(nil, data)
	}
	return p.write(code, data)
}

func (p *probe) command(c command) bool {
	var err error
	switch c.Cmd {
	case "send-raw":
		var payload []byte
		if payload, err = hex.DecodeString(c.Payload); err == nil {
			err = p.send(c.Code, payload, c.Plain)
		}
	case "ping":
		err = p.send(codePing, []byte(emptyList), c.Plain)
	case "flood":
		codes := map[string]uint64{"": codePing, "ping": codePing, "pong": codePong, "hello": codeHello, "raw": c.Code}
		code, known := codes[c.Cmd2]
		if !known {
			err = fmt.Errorf("flood of %q", c.Cmd2)
			break
		}
		sent := 0
		for ; sent < c.Count && err == nil; sent++ {
			err = p.send(code, []byte(emptyList), c.Plain)
		}
		emit("flooded", fields{"count": sent})
	case "disconnect":
		var payload []byte
		if payload, err = rlp.EncodeToBytes([]any{uint64(c.Reason)}); err == nil {
			err = p.send(codeDisconnect, payload, c.Plain)
		}
	case "close":
		p.close("asked to")
		return false
	default:
		err = fmt.Errorf("unknown command %q", c.Cmd)
	}
	if err != nil {
		emit("send-error", fields{"error": err.Error()})
	}
	return true
}

func (p *probe) close(why string) {
	p.closing.Do(func() {
		if p.conn != nil {
			p.conn.Close()
		}
		emit("closed", fields{"error": why})
		close(p.closed)
	})
}
