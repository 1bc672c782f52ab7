//go:build eth

package main

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/forkid"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/eth"
	"github.com/ethereum/go-ethereum/eth/ethconfig"
	"github.com/ethereum/go-ethereum/log"
	stack "github.com/ethereum/go-ethereum/node"
	"github.com/ethereum/go-ethereum/p2p"
	"github.com/ethereum/go-ethereum/version"
)

func init() {
	programs["eth"] = runEth
}

// client is geth without its command line: its eth service over a chain in
// memory.
type client struct {
	*node
	service *eth.Ethereum
	source  *source
	payer   account
}

func runEth(args []string) error {
	var offers stringList
	set := flag.NewFlagSet("eth", flag.ExitOnError)
	listen := set.String("listen", "127.0.0.1:0", "listen `ADDRESS`")
	key := set.String("key", "", "32-byte private key in `HEX` (random if absent)")
	folder := set.String("chain", "", "`FOLDER` with genesis.json, chain.rlp and accounts.json")
	head := set.Int("head", -1, "`NUMBER` of the last block to import at the start (all if negative)")
	maxPeers := set.Int("max-peers", 10, "most peers at a time")
	verbose := set.Bool("verbose", false, "log on stderr")
	set.Var(&offers, "offer", "`NAME/VERSION` to offer, may repeat (all that geth has if absent)")
	set.Parse(args)

	private, err := parseKey(*key)
	if err != nil {
		return fmt.Errorf("--key: %w", err)
	}
	if *verbose {
		log.SetDefault(log.NewLogger(log.NewTerminalHandler(os.Stderr, false)))
	}
	c := &client{node: newNode()}
	if c.source, err = readSource(*folder); err != nil {
		return fmt.Errorf("--chain: %w", err)
	}
	outer, err := stack.New(&stack.Config{
		Name:        "geth",
		Version:     fmt.Sprintf("%d.%d.%d", version.Major, version.Minor, version.Patch),
		KeyStoreDir: os.TempDir(), // holds no keys, but each node would make one of its own
		Logger:      log.NewLogger(&logEvents{node: c.node}),
		P2P: p2p.Config{
			PrivateKey:  private,
			MaxPeers:    *maxPeers,
			NoDiscovery: true,
			NoDial:      true,
			ListenAddr:  *listen,
		},
	})
	if err != nil {
		return err
	}
	c.srv = outer.Server()
	c.service, err = eth.New(outer, &ethconfig.Config{
		Genesis:        &c.source.genesis,
		NetworkId:      c.source.genesis.Config.ChainID.Uint64(),
		SyncMode:       ethconfig.FullSync, // with it, snap/2 is offered too
		DatabaseCache:  10,
		TrieCleanCache: 10,
		TrieDirtyCache: 16,
		TrieTimeout:    time.Hour,
		SnapshotCache:  10,
		LogNoHistory:   true,
	})
	if err != nil {
		return err
	}
	if *head < 0 {
		*head = len(c.source.blocks)
	}
	if err := c.extend(*head); err != nil {
		return fmt.Errorf("--head: %w", err)
	}
	if c.payer, err = c.source.funded(c.service.BlockChain()); err != nil {
		return err
	}
	// geth takes transactions from peers once its own sync is done. Here there
	// is nothing to be synced with.
	c.service.SetSynced()
	if c.srv.Protocols, err = c.offered(c.srv.Protocols, offers); err != nil {
		return fmt.Errorf("--offer: %w", err)
	}
	first, err := c.facts()
	if err != nil {
		return err
	}

	// As in runServer: nothing may be reported before the first line.
	pooled := make(chan core.NewTxsEvent, 64)
	defer c.service.TxPool().SubscribeTransactions(pooled, false).Unsubscribe()
	events := make(chan *p2p.PeerEvent, 64)
	c.mu.Lock()
	if err := outer.Start(); err != nil {
		c.mu.Unlock()
		return err
	}
	defer c.srv.SubscribeEvents(events).Unsubscribe()
	first["enode"] = c.srv.Self().URLv4()
	first["addr"] = c.srv.ListenAddr
	first["id"] = publicHex(&private.PublicKey)
	emit("listening", first)
	c.mu.Unlock()
	go c.watch(events)
	go func() {
		for event := range pooled {
			for _, transaction := range event.Txs {
				emit("pooled", describeTransaction(transaction))
			}
		}
	}()

	readCommands(c.command)
	stopInTime(func() { outer.Close() })
	return nil
}

// extend imports the blocks up to this one.
func (c *client) extend(head int) error {
	chain := c.service.BlockChain()
	from := int(chain.CurrentHeader().Number.Uint64())
	if head < from || head > len(c.source.blocks) {
		return fmt.Errorf("block %d is not from %d to %d", head, from, len(c.source.blocks))
	}
	if _, err := chain.InsertChain(c.source.blocks[from:head]); err != nil {
		return err
	}
	return c.service.TxPool().Sync() // the pool follows by itself, but later
}

// facts are what a peer can learn of the chain, and what it needs to be let in.
func (c *client) facts() (fields, error) {
	chain := c.service.BlockChain()
	genesis, head := chain.Genesis(), chain.CurrentHeader()
	byBlock, byTime, err := forks(chain.Config(), genesis.Header())
	if err != nil {
		return nil, err
	}
	id := forkid.NewIDWithChain(chain)
	offered := []string{}
	for _, protocol := range c.srv.Protocols {
		offered = append(offered, fmt.Sprintf("%s/%d/%d", protocol.Name, protocol.Version, protocol.Length))
	}
	return fields{
		"protocols":      offered,
		"network":        c.service.BlockChain().Config().ChainID.Uint64(),
		"genesis":        hex.EncodeToString(genesis.Hash().Bytes()),
		"genesis_time":   genesis.Time(),
		"head":           head.Number.Uint64(),
		"head_hash":      hex.EncodeToString(head.Hash().Bytes()),
		"head_time":      head.Time,
		"fork_hash":      hex.EncodeToString(id.Hash[:]),
		"fork_next":      id.Next,
		"forks_by_block": byBlock,
		"forks_by_time":  byTime,
	}, nil
}

// offered picks the protocols of these names and versions, all if there are
// none, and has them report.
func (c *client) offered(all []p2p.Protocol, names []string) ([]p2p.Protocol, error) {
	picked := all
	if len(names) > 0 {
		picked = nil
	}
	for _, text := range names {
		name, numbers, err := parseSlashed(text, 1)
		if err != nil {
			return nil, err
		}
		at := slices.IndexFunc(all, func(p p2p.Protocol) bool {
			return p.Name == name && uint64(p.Version) == numbers[0]
		})
		if at < 0 {
			return nil, fmt.Errorf("geth has no %s", text)
		}
		picked = append(picked, all[at])
	}
	for i := range picked {
		picked[i].Run = c.reporting(picked[i])
	}
	return picked, nil
}

// reporting runs a protocol and tells who comes and what it sends.
func (c *client) reporting(protocol p2p.Protocol) func(*p2p.Peer, p2p.MsgReadWriter) error {
	run := protocol.Run
	return func(peer *p2p.Peer, rw p2p.MsgReadWriter) error {
		s := &session{peer: peer, protocol: protocol, rw: rw}
		id := c.join(s)
		defer c.leave(s)
		return run(peer, &reporter{MsgReadWriter: rw, session: s, id: id})
	}
}

// reporter tells what is read.
type reporter struct {
	p2p.MsgReadWriter
	session *session
	id      string
	reads   atomic.Uint32
}

func (r *reporter) ReadMsg() (p2p.Msg, error) {
	protocol := r.session.protocol
	f := fields{"id": r.id, "protocol": protocol.Name, "version": protocol.Version}
	// eth reads Status first, and again when the peer is known to all of geth;
	// snap has nothing of the kind.
	served := uint32(1)
	if protocol.Name == "eth" {
		served = 2
	}
	if r.reads.Add(1) == served {
		emit("served", f)
	}
	msg, err := r.MsgReadWriter.ReadMsg()
	if err == nil {
		f["code"], f["size"] = msg.Code, msg.Size
		emit("message", f)
	}
	return msg, err
}

func (c *client) command(cmd command) bool {
	var err error
	switch cmd.Cmd {
	case "block":
		for number := cmd.Number; number < cmd.Number+uint64(max(cmd.Count, 1)) && err == nil; number++ {
			var f fields
			if f, err = describeBlock(c.service.BlockChain(), number); err == nil {
				emit("block", f)
			}
		}
	case "submit":
		err = c.submit(cmd)
	case "extend":
		if err = c.extend(int(cmd.Number)); err == nil {
			var f fields
			if f, err = c.facts(); err == nil {
				emit("extended", f)
			}
		}
	case "send", "send-bytes":
		err = fmt.Errorf("%q is for a server", cmd.Cmd)
	default:
		return c.node.command(cmd)
	}
	if err != nil {
		emit("bad-command", fields{"error": err.Error()})
	}
	return true
}

// submit puts a transaction into the pool: the one that is given, or as many
// new ones as asked for.
func (c *client) submit(cmd command) error {
	pool := c.service.TxPool()
	var all []*types.Transaction
	if cmd.Payload != "" {
		raw, err := hex.DecodeString(cmd.Payload)
		if err != nil {
			return err
		}
		given := new(types.Transaction)
		if err := given.UnmarshalBinary(raw); err != nil {
			return err
		}
		all = append(all, given)
	}
	for nonce := pool.PoolNonce(c.payer.address); cmd.Payload == "" && len(all) < max(cmd.Count, 1); nonce++ {
		made, err := c.payer.transfer(c.service.BlockChain(), nonce, cmd.Size)
		if err != nil {
			return err
		}
		all = append(all, made)
	}
	for i, err := range pool.Add(all, true) {
		if err != nil {
			return err
		}
		emit("submitted", describeTransaction(all[i]))
	}
	return nil
}

// describeTransaction tells what is announced of a transaction, and its bytes
// if they are few.
func describeTransaction(transaction *types.Transaction) fields {
	f := fields{
		"hash": hex.EncodeToString(transaction.Hash().Bytes()),
		"type": transaction.Type(),
		"size": transaction.Size(),
	}
	if raw, err := transaction.MarshalBinary(); err == nil && len(raw) <= shownPayload {
		f["raw"] = hex.EncodeToString(raw)
	}
	return f
}
