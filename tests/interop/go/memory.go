package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/ethereum/go-ethereum/p2p"
)

// runMemory starts a server, prints its enode URL and then, for each line that
// comes, the bytes that are resident and those that are allocated.
func runMemory([]string) error {
	srv, err := benchServer(func(_ *p2p.Peer, rw p2p.MsgReadWriter) error {
		for {
			msg, err := rw.ReadMsg()
			if err != nil {
				return err
			}
			if err := msg.Discard(); err != nil {
				return err
			}
		}
	})
	if err != nil {
		return err
	}
	fmt.Println(srv.Self().URLv4())
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		// What is garbage is not taken by idle peers.
		debug.FreeOSMemory()
		resident, err := residentBytes()
		if err != nil {
			return err
		}
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		fmt.Println(resident, stats.HeapAlloc+stats.StackInuse)
	}
	return lines.Err()
}

// residentBytes is what Linux says of this process.
func residentBytes() (uint64, error) {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0, err
	}
	var size, resident uint64
	if _, err := fmt.Sscan(string(text), &size, &resident); err != nil {
		return 0, err
	}
	return resident * uint64(os.Getpagesize()), nil
}
