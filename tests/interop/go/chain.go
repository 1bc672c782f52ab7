//go:build eth

package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"
	"github.com/ethereum/go-ethereum/rlp"
)

// source is a folder with a chain, of the shape that go-ethereum's conformance
// tests have.
type source struct {
	genesis  core.Genesis
	blocks   []*types.Block // from 1 on
	accounts []account      // in order of address
}

// account is one whose key is known.
type account struct {
	address common.Address
	key     hexutil.Bytes
}

func readSource(folder string) (*source, error) {
	s := new(source)
	if err := readJSON(filepath.Join(folder, "genesis.json"), &s.genesis); err != nil {
		return nil, err
	}
	var keys map[common.Address]struct {
		Key hexutil.Bytes `json:"key"`
	}
	if err := readJSON(filepath.Join(folder, "accounts.json"), &keys); err != nil {
		return nil, err
	}
	for address, found := range keys {
		s.accounts = append(s.accounts, account{address, found.Key})
	}
	slices.SortFunc(s.accounts, func(a, b account) int { return a.address.Cmp(b.address) })

	file, err := os.Open(filepath.Join(folder, "chain.rlp"))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	for stream := rlp.NewStream(file, 0); ; {
		block := new(types.Block)
		if err := stream.Decode(block); errors.Is(err, io.EOF) {
			return s, nil
		} else if err != nil {
			return nil, fmt.Errorf("%s: block %d: %w", file.Name(), len(s.blocks)+1, err)
		}
		s.blocks = append(s.blocks, block)
	}
}

func readJSON(path string, into any) error {
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// forks lists the block numbers and the times at which the rules change after
// genesis, in order and each once, as EIP-2124 and EIP-6122 count them.
func forks(config *params.ChainConfig, genesis *types.Header) (byBlock, byTime []uint64, err error) {
	text, err := json.Marshal(config)
	if err != nil {
		return nil, nil, err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, nil, err
	}
	byBlock, byTime = []uint64{}, []uint64{}
	for name, value := range all {
		var at uint64
		switch isBlock, isTime := strings.HasSuffix(name, "Block"), strings.HasSuffix(name, "Time"); {
		case !isBlock && !isTime:
		case json.Unmarshal(value, &at) != nil:
			return nil, nil, fmt.Errorf("%s is no number: %s", name, value)
		case isBlock && at > 0:
			byBlock = append(byBlock, at)
		case isTime && at > genesis.Time:
			byTime = append(byTime, at)
		}
	}
	slices.Sort(byBlock)
	slices.Sort(byTime)
	return slices.Compact(byBlock), slices.Compact(byTime), nil
}

// describeBlock tells of a block what a peer can fetch of it.
func describeBlock(chain *core.BlockChain, number uint64) (fields, error) {
	block := chain.GetBlockByNumber(number)
	if block == nil {
		return nil, fmt.Errorf("there is no block %d", number)
	}
	header, err := rlp.EncodeToBytes(block.Header())
	if err != nil {
		return nil, err
	}
	body := chain.GetBodyRLP(block.Hash())
	f := fields{
		"number":       number,
		"hash":         hex.EncodeToString(block.Hash().Bytes()),
		"header":       hex.EncodeToString(header),
		"time":         block.Time(),
		"body_size":    len(body),
		"body_sha256":  digest(body),
		"transactions": len(block.Transactions()),
		"uncles":       len(block.Uncles()),
		"receipts":     len(chain.GetReceiptsByHash(block.Hash())),
		"access_list":  len(chain.GetAccessListRLP(block.Hash())),
	}
	if block.Withdrawals() != nil {
		f["withdrawals"] = len(block.Withdrawals())
	}
	return f, nil
}

// funded gives the first account that can pay for what is sent here.
func (s *source) funded(chain *core.BlockChain) (account, error) {
	state, err := chain.State()
	if err != nil {
		return account{}, err
	}
	for _, one := range s.accounts {
		if state.GetBalance(one.address).ToBig().Cmp(big.NewInt(params.Ether)) > 0 {
			return one, nil
		}
	}
	return account{}, errors.New("no account of the chain has an ether")
}

// transfer signs a transaction that sends 1 wei to the account itself, with so
// many bytes of data.
func (a account) transfer(chain *core.BlockChain, nonce uint64, size int) (*types.Transaction, error) {
	key, err := crypto.ToECDSA(a.key)
	if err != nil {
		return nil, err
	}
	config := chain.Config()
	tip := big.NewInt(params.GWei)
	fee := new(big.Int).Mul(big.NewInt(2), chain.CurrentHeader().BaseFee)
	return types.SignNewTx(key, types.LatestSigner(config), &types.DynamicFeeTx{
		ChainID:   config.ChainID,
		Nonce:     nonce,
		GasTipCap: tip,
		GasFeeCap: fee.Add(fee, tip),
		Gas:       100_000 + 100*uint64(size),
		To:        &a.address,
		Value:     big.NewInt(1),
		Data:      bytes.Repeat([]byte{1}, size),
	})
}
