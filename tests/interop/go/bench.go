package main

import (
	"crypto/ecdsa"
	"errors"
	"flag"
	"fmt"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/p2p/rlpx"
	"github.com/ethereum/go-ethereum/rlp"
)

// atOnce is how many handshakes are under way at the same time.
const atOnce = 64

// benchmarks are pieces of work, done so many times with messages of so many
// bytes. What comes before start is called is not timed.
var benchmarks = map[string]func(size, count int, start func()) error{
	"one-way":    func(size, count int, start func()) error { return benchStreams(1, size, count, start) },
	"fan-in":     func(size, count int, start func()) error { return benchStreams(8, size, count, start) },
	"ping-pong":  benchPingPong,
	"handshakes": benchHandshakes,
	"accepted":   benchAccepted,
}

// runBench does one piece of work and reports the time it has taken.
func runBench(args []string) error {
	set := flag.NewFlagSet("bench", flag.ExitOnError)
	work := set.String("work", "one-way", "`WORK`: one-way, fan-in, ping-pong, handshakes or accepted")
	size := set.Int("size", 32, "`BYTES` of a message")
	count := set.Int("count", 1, "how `OFTEN`")
	set.Parse(args)

	do, known := benchmarks[*work]
	if !known {
		return fmt.Errorf("--work: %q is unknown", *work)
	}
	var begun time.Time
	var before time.Duration
	if err := do(*size, *count, func() { begun, before = time.Now(), processorTime() }); err != nil {
		return err
	}
	emit("bench", fields{
		"work":        *work,
		"seconds":     time.Since(begun).Seconds(),
		"cpu_seconds": (processorTime() - before).Seconds(),
	})
	return nil
}

// processorTime is what all threads have taken until now.
func processorTime() time.Duration {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// benchServer starts a server whose only protocol runs so.
func benchServer(run func(*p2p.Peer, p2p.MsgReadWriter) error) (*p2p.Server, error) {
	key, err := crypto.GenerateKey()
	if err != nil {
		return nil, err
	}
	srv := &p2p.Server{Config: p2p.Config{
		PrivateKey:      key,
		MaxPeers:        20000,
		MaxPendingPeers: 256,
		NoDiscovery:     true,
		NoDial:          true,
		Name:            "go-bench",
		ListenAddr:      "127.0.0.1:0",
		Protocols:       []p2p.Protocol{{Name: "bench", Version: 1, Length: 2, Run: run}},
	}}
	return srv, srv.Start()
}

// connectTo makes one server a peer of another.
func connectTo(from, to *p2p.Server) error {
	fd, err := net.Dial("tcp", to.ListenAddr)
	if err != nil {
		return err
	}
	return from.SetupConn(fd, 1, to.Self()) // 1: dialed, not static
}

// incompressible are bytes that Snappy finds nothing in.
func incompressible(size int) (textMessage, error) {
	data, err := generate("random", size, 1)
	return textMessage{data}, err
}

// benchStreams sends typed messages from some servers to the protocol of one.
func benchStreams(senders, size, count int, start func()) error {
	message, err := incompressible(size)
	if err != nil {
		return err
	}
	var left atomic.Int64
	each := (count + senders - 1) / senders
	left.Store(int64(each * senders))
	done := make(chan struct{})
	receiver, err := benchServer(func(_ *p2p.Peer, rw p2p.MsgReadWriter) error {
		for {
			msg, err := rw.ReadMsg()
			if err != nil {
				return err
			}
			var m textMessage
			if err := msg.Decode(&m); err != nil {
				return err
			}
			if left.Add(-1) == 0 {
				close(done)
			}
		}
	})
	if err != nil {
		return err
	}
	ready := make(chan struct{}, senders)
	begin := make(chan struct{})
	for range senders {
		sender, err := benchServer(func(_ *p2p.Peer, rw p2p.MsgReadWriter) error {
			ready <- struct{}{}
			<-begin
			for range each {
				if err := p2p.Send(rw, 0, &message); err != nil {
					return err
				}
			}
			_, err := rw.ReadMsg() // until the end
			return err
		})
		if err != nil {
			return err
		}
		if err := connectTo(sender, receiver); err != nil {
			return err
		}
	}
	for range senders {
		<-ready
	}
	start()
	close(begin)
	<-done
	return nil
}

// benchPingPong sends a typed message there and back.
func benchPingPong(size, count int, start func()) error {
	message, err := incompressible(size)
	if err != nil {
		return err
	}
	echo := func(rw p2p.MsgReadWriter) error {
		msg, err := rw.ReadMsg()
		if err != nil {
			return err
		}
		var m textMessage
		if err := msg.Decode(&m); err != nil {
			return err
		}
		return p2p.Send(rw, 1, &m)
	}
	wall, err := benchServer(func(_ *p2p.Peer, rw p2p.MsgReadWriter) error {
		for {
			if err := echo(rw); err != nil {
				return err
			}
		}
	})
	if err != nil {
		return err
	}
	done := make(chan error, 1)
	player, err := benchServer(func(_ *p2p.Peer, rw p2p.MsgReadWriter) error {
		start()
		err := p2p.Send(rw, 1, &message)
		for range count - 1 {
			err = errors.Join(err, echo(rw))
		}
		if msg, last := rw.ReadMsg(); last == nil {
			msg.Discard()
		}
		done <- err
		_, err = rw.ReadMsg() // until the end
		return err
	})
	if err != nil {
		return err
	}
	if err := connectTo(player, wall); err != nil {
		return err
	}
	return <-done
}

// inParallel does something so many times, some of them at once.
func inParallel(count int, do func(i int) error) error {
	var next atomic.Int64
	var all sync.WaitGroup
	failed := make(chan error, atOnce)
	for range atOnce {
		all.Go(func() {
			for i := next.Add(1); i <= int64(count); i = next.Add(1) {
				if err := do(int(i) - 1); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	all.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// benchHandshakes makes the keys of bare connections, both ends here.
func benchHandshakes(_, count int, start func()) error {
	one, err := crypto.GenerateKey()
	if err != nil {
		return err
	}
	other, err := crypto.GenerateKey()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	start()
	return inParallel(count, func(int) error {
		accepted := make(chan error, 1)
		go func() {
			fd, err := listener.Accept()
			if err == nil {
				defer fd.Close()
				_, err = rlpx.NewConn(fd, nil).Handshake(other)
			}
			accepted <- err
		}()
		fd, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			return err
		}
		defer fd.Close()
		_, err = rlpx.NewConn(fd, &other.PublicKey).Handshake(one)
		return errors.Join(err, <-accepted)
	})
}

// benchAccepted brings peers to a server, which stay.
func benchAccepted(_, count int, start func()) error {
	keys := make([]*ecdsa.PrivateKey, count)
	for i := range keys {
		key, err := crypto.GenerateKey()
		if err != nil {
			return err
		}
		keys[i] = key
	}
	var left atomic.Int64
	left.Store(int64(count))
	done := make(chan struct{})
	srv, err := benchServer(func(_ *p2p.Peer, rw p2p.MsgReadWriter) error {
		if left.Add(-1) == 0 {
			close(done)
		}
		_, err := rw.ReadMsg() // until the end
		return err
	})
	if err != nil {
		return err
	}
	conns := make([]net.Conn, count) // stay open
	start()
	err = inParallel(count, func(i int) error {
		fd, err := net.Dial("tcp", srv.ListenAddr)
		if err != nil {
			return err
		}
		conns[i] = fd
		conn := rlpx.NewConn(fd, srv.Self().Pubkey())
		if _, err := conn.Handshake(keys[i]); err != nil {
			return err
		}
		ours := hello{
			Version: snappyVersion,
			Name:    "hand",
			Caps:    []p2p.Cap{{Name: "bench", Version: 1}},
			ID:      crypto.FromECDSAPub(&keys[i].PublicKey)[1:],
		}
		payload, err := rlp.EncodeToBytes(&ours)
		if err != nil {
			return err
		}
		if _, err := conn.Write(codeHello, payload); err != nil {
			return err
		}
		code, _, _, err := conn.Read()
		if err == nil && code != codeHello {
			err = fmt.Errorf("refused: code %d in place of Hello", code)
		}
		return err
	})
	if err != nil {
		return err
	}
	<-done
	runtime.KeepAlive(conns)
	return nil
}
