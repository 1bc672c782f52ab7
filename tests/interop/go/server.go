package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ethereum/go-ethereum/log"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/p2p/enode"
	"github.com/ethereum/go-ethereum/p2p/netutil"
)

// session is one protocol on one connection.
type session struct {
	peer     *p2p.Peer
	protocol p2p.Protocol
	rw       p2p.MsgReadWriter
	out      chan []byte // texts to send, in order
}

// node is a running p2p.Server with what its commands need.
type node struct {
	srv     *p2p.Server
	dialing bool

	mu        sync.Mutex
	sessions  []*session
	announced map[*p2p.Peer]bool
	ids       map[enode.ID]string
	requested map[enode.ID]bool // whether the peer itself asked for its drop
}

func newNode() *node {
	return &node{
		announced: make(map[*p2p.Peer]bool),
		ids:       make(map[enode.ID]string),
		requested: make(map[enode.ID]bool),
	}
}

func runServer(args []string) error {
	var static, trusted, protocols stringList
	set := flag.NewFlagSet("server", flag.ExitOnError)
	listen := set.String("listen", "127.0.0.1:0", "listen `ADDRESS`; empty to listen nowhere")
	key := set.String("key", "", "32-byte private key in `HEX` (random if absent)")
	maxPeers := set.Int("max-peers", 10, "most peers at a time")
	maxPending := set.Int("max-pending", 0, "most pending handshakes each way (0: the default)")
	dialRatio := set.Int("dial-ratio", 0, "one in so many peers may be dialed (0: the default)")
	dial := set.Bool("dial", false, "run the dialer although no static node is given")
	restrict := set.String("net-restrict", "", "`NETWORKS` to keep to, with commas between (empty: all)")
	name := set.String("name", "go-peer", "client name in Hello")
	set.Var(&static, "static", "static `ENODE`, may repeat")
	set.Var(&trusted, "trusted", "trusted `ENODE`, may repeat")
	set.Var(&protocols, "protocol", "`NAME/VERSION/LENGTH`, may repeat (default foobar/1/1)")
	set.Parse(args)

	private, err := parseKey(*key)
	if err != nil {
		return fmt.Errorf("--key: %w", err)
	}
	staticNodes, err := parseNodes(static)
	if err != nil {
		return fmt.Errorf("--static: %w", err)
	}
	trustedNodes, err := parseNodes(trusted)
	if err != nil {
		return fmt.Errorf("--trusted: %w", err)
	}
	var networks *netutil.Netlist
	if *restrict != "" {
		if networks, err = netutil.ParseNetlist(*restrict); err != nil {
			return fmt.Errorf("--net-restrict: %w", err)
		}
	}
	if len(protocols) == 0 {
		protocols = stringList{"foobar/1/1"}
	}

	n := newNode()
	n.dialing = *dial || len(staticNodes) > 0
	var matched []p2p.Protocol
	for _, text := range protocols {
		name, numbers, err := parseSlashed(text, 2)
		if err != nil {
			return fmt.Errorf("--protocol: %w", err)
		}
		matched = append(matched, n.protocol(name, uint(numbers[0]), numbers[1]))
	}
	n.srv = &p2p.Server{Config: p2p.Config{
		PrivateKey:      private,
		MaxPeers:        *maxPeers,
		MaxPendingPeers: *maxPending,
		DialRatio:       *dialRatio,
		NoDiscovery:     true,
		Name:            *name,
		TrustedNodes:    trustedNodes,
		Protocols:       matched,
		ListenAddr:      *listen,
		NoDial:          !n.dialing,
		NetRestrict:     networks,
		Logger:          log.NewLogger(&logEvents{node: n}),
	}}

	// The first line names the address, so the server must not report a peer
	// before it: events wait for the lock that Start is called under.
	n.mu.Lock()
	if err := n.srv.Start(); err != nil {
		n.mu.Unlock()
		return err
	}
	events := make(chan *p2p.PeerEvent, 64)
	defer n.srv.SubscribeEvents(events).Unsubscribe()
	emit("listening", fields{
		"enode":   n.srv.Self().URLv4(),
		"addr":    n.srv.ListenAddr,
		"id":      publicHex(&private.PublicKey),
		"dialing": n.dialing,
	})
	n.mu.Unlock()
	go n.watch(events)
	for _, target := range staticNodes {
		n.srv.AddPeer(target)
	}

	readCommands(n.command)

	stopInTime(n.srv.Stop)
	return nil
}

// stopInTime stops what runs here, or gives up on it.
func stopInTime(stop func()) {
	stopped := make(chan struct{})
	go func() {
		stop()
		close(stopped)
	}()
	select {
	case <-stopped:
		emit("stopped", nil)
	case <-time.After(3 * time.Second):
		// A half-open handshake may keep Stop waiting.
		emit("stopped", fields{"error": "not all connections ended in time"})
	}
}

// watch reports dropped peers. Added ones are reported by their protocols,
// which start before any message can be reported.
func (n *node) watch(events <-chan *p2p.PeerEvent) {
	for ev := range events {
		if ev.Type != p2p.PeerEventTypeDrop {
			continue
		}
		n.srv.PeerCount() // once it answers, the log has told who asked
		n.mu.Lock()
		id, requested := n.ids[ev.Peer], n.requested[ev.Peer]
		delete(n.requested, ev.Peer)
		n.mu.Unlock()
		emit("drop", fields{
			"id":        id,
			"error":     ev.Error,
			"requested": requested,
			"remote":    ev.RemoteAddress,
		})
	}
}

// command executes one command and tells whether to go on.
func (n *node) command(c command) bool {
	switch c.Cmd {
	case "send":
		n.send(c, []byte(c.Text), nil)
	case "send-bytes":
		body, err := generate(c.Kind, c.Size, c.Seed)
		if err != nil {
			emit("bad-command", fields{"error": err.Error()})
			break
		}
		n.send(c, append([]byte(c.Prefix), body...), body)
	case "dial", "dial-once", "remove", "trust", "untrust":
		target, err := enode.ParseV4(c.Enode)
		if err != nil {
			emit("bad-command", fields{"error": err.Error()})
			break
		}
		switch {
		case c.Cmd == "dial" && n.dialing:
			n.srv.AddPeer(target)
		case c.Cmd == "dial" || c.Cmd == "dial-once":
			go n.dialOnce(target)
		case c.Cmd == "remove":
			go n.srv.RemovePeer(target) // waits until the peer is gone
		case c.Cmd == "trust":
			n.srv.AddTrustedPeer(target)
		default:
			n.srv.RemoveTrustedPeer(target)
		}
	case "disconnect":
		for _, p := range n.srv.Peers() {
			if c.ID == "" || c.ID == publicHex(p.Node().Pubkey()) {
				p.Disconnect(p2p.DiscReason(c.Reason))
			}
		}
	case "peers":
		emit("peers", fields{"count": n.srv.PeerCount()})
	case "info":
		emit("info", fields{"node": n.srv.NodeInfo(), "peers": n.srv.PeersInfo()})
	case "stop":
		return false
	default:
		emit("bad-command", fields{"error": "unknown command " + strconv.Quote(c.Cmd)})
	}
	return true
}

// dialOnce connects without the dialer's history and slots and reports the outcome.
func (n *node) dialOnce(target *enode.Node) {
	report := fields{"id": publicHex(target.Pubkey())}
	address := net.JoinHostPort(target.IPAddr().String(), strconv.Itoa(target.TCP()))
	fd, err := net.DialTimeout("tcp", address, 5*time.Second)
	if err == nil {
		err = n.srv.SetupConn(fd, 1, target) // 1: dialed, not static
	}
	if err != nil {
		report["error"] = err.Error()
	}
	emit("dialed", report)
}

// send queues a text for every session of the protocol that the command names
// (of all protocols if it names none).
func (n *node) send(c command, text, body []byte) {
	n.mu.Lock()
	count := 0
	for _, s := range n.sessions {
		if c.Protocol != "" && c.Protocol != s.protocol.Name {
			continue
		}
		if c.ID != "" && c.ID != n.ids[s.peer.ID()] {
			continue
		}
		select {
		case s.out <- text:
			count++
		default:
			emit("send-error", fields{"id": n.ids[s.peer.ID()], "error": "queue full"})
		}
	}
	n.mu.Unlock()
	f := describe(fields{"protocol": c.Protocol, "peers": count, "size": len(text)}, text)
	if body != nil {
		f["body_sha256"] = digest(body)
	}
	emit("sent", f)
}

// protocol makes the protocol that both reports and answers.
func (n *node) protocol(name string, version uint, length uint64) p2p.Protocol {
	proto := p2p.Protocol{Name: name, Version: version, Length: length}
	proto.Run = func(peer *p2p.Peer, rw p2p.MsgReadWriter) error {
		s := &session{peer: peer, protocol: proto, rw: rw, out: make(chan []byte, 4096)}
		id := n.join(s)
		done := make(chan struct{})
		var writer sync.WaitGroup
		writer.Go(func() {
			for {
				select {
				case text := <-s.out:
					if err := p2p.SendItems(rw, 0, text); err != nil {
						emit("send-error", fields{"id": id, "error": err.Error()})
					}
				case <-done:
					return
				}
			}
		})
		defer writer.Wait()
		defer close(done)
		defer n.leave(s)
		for {
			if err := s.next(id); err != nil {
				if errors.Is(err, errReturn) {
					return nil
				}
				return err
			}
		}
	}
	return proto
}

// join registers the session and reports its peer, if this is its first one.
func (n *node) join(s *session) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	p := s.peer
	id := publicHex(p.Node().Pubkey())
	n.sessions = append(n.sessions, s)
	if !n.announced[p] {
		n.announced[p] = true
		n.ids[p.ID()] = id
		caps := []string{}
		for _, c := range p.Caps() {
			caps = append(caps, c.String())
		}
		emit("peer", fields{
			"id":      id,
			"name":    p.Fullname(),
			"caps":    caps,
			"inbound": p.Inbound(),
			"trusted": p.Trusted(),
			"static":  p.StaticDialed(),
			"remote":  p.RemoteAddr().String(),
		})
	}
	return id
}

func (n *node) leave(s *session) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sessions = slices.DeleteFunc(n.sessions, func(other *session) bool { return other == s })
	// The mark stays while another session of this peer does.
	if !slices.ContainsFunc(n.sessions, func(other *session) bool { return other.peer == s.peer }) {
		delete(n.announced, s.peer)
	}
}

// errReturn makes the protocol return without an error.
var errReturn = errors.New("return")

// next handles one message.
func (s *session) next(id string) error {
	msg, err := s.rw.ReadMsg()
	if err != nil {
		return err
	}
	defer msg.Discard()
	f := fields{
		"id":       id,
		"protocol": s.protocol.Name,
		"version":  s.protocol.Version,
		"code":     msg.Code,
		"size":     msg.Size,
	}
	var m textMessage
	if err := msg.Decode(&m); err != nil {
		f["error"] = err.Error()
		emit("message", f)
		return nil
	}
	emit("message", describe(f, m.Text))
	if msg.Code != 0 {
		return nil
	}
	return s.answer(m.Text)
}

func (s *session) answer(text []byte) error {
	if rest, ok := bytes.CutPrefix(text, []byte("echo:")); ok {
		return p2p.SendItems(s.rw, 0, rest)
	}
	if len(text) > shownText {
		return nil
	}
	switch verb, rest, _ := strings.Cut(string(text), ":"); verb {
	case "foo":
		return p2p.SendItems(s.rw, 0, "bar")
	case "quit":
		return errReturn
	case "fail":
		return errors.New("told to fail")
	case "disconnect":
		reason, err := strconv.ParseUint(rest, 10, 8)
		if err != nil {
			return nil
		}
		return p2p.DiscReason(reason)
	}
	return nil
}

// logEvents is a log handler for what the server tells in its log and nowhere
// else: why a connection never became a peer, and which side asked for a drop.
type logEvents struct {
	node  *node
	attrs []slog.Attr
}

const removing = "Removing p2p peer"

// refusedIn names the phase of each refusal in the log.
var refusedIn = map[string]string{
	"Dial error":                      "dial",
	"Rejected inbound connection":     "accept",
	"Setting up connection failed":    "setup",
	"Failed RLPx handshake":           "rlpx",
	"Rejected peer":                   "admission",
	"Failed p2p handshake":            "hello",
	"Wrong devp2p handshake identity": "hello",
}

func (l *logEvents) Enabled(context.Context, slog.Level) bool { return true }
func (l *logEvents) WithGroup(string) slog.Handler            { return l }
func (l *logEvents) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &logEvents{node: l.node, attrs: append(slices.Clip(l.attrs), attrs...)}
}

func (l *logEvents) Handle(_ context.Context, record slog.Record) error {
	phase, refused := refusedIn[record.Message]
	if !refused && record.Message != removing {
		return nil
	}
	attrs := slices.Clone(l.attrs)
	record.Attrs(func(a slog.Attr) bool {
		attrs = append(attrs, a)
		return true
	})
	var id enode.ID
	var requested bool
	f := fields{"phase": phase, "error": record.Message}
	for _, a := range attrs {
		switch a.Key {
		case "id":
			id, _ = a.Value.Any().(enode.ID)
			f["node"] = id.String()
		case "req":
			requested, _ = a.Value.Any().(bool)
		case "err":
			f["error"] = a.Value.String()
		case "addr":
			f["remote"] = a.Value.String()
		case "conn":
			f["conn"] = a.Value.String()
		}
	}
	if refused {
		emit("refused", f)
		return nil
	}
	l.node.mu.Lock()
	l.node.requested[id] = requested
	l.node.mu.Unlock()
	return nil
}
