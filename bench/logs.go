package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strconv"
	"sync"

	"snug/internal/journal"
	"snug/internal/journal/local"
	"snug/protocol"
)

// fill appends n messages to each room in the journal in dir, which no server has open,
// and returns the rooms' epochs.
func fill(ctx context.Context, dir string, rooms []string, n int) (epochs []string, err error) {
	j, err := local.Open(ctx, filepath.Join(dir, "snug.db"), local.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	var told sync.WaitGroup
	var mu sync.Mutex
	body := protocol.MessageBody{Content: fmt.Sprintf("%064d", 7)}.Encode()
	from := protocol.Member{Member: "filler", Nick: "filler", Role: protocol.RoleMember}
	for i := range n {
		for _, room := range rooms {
			d := journal.Draft{Room: room, Event: protocol.Event{Type: protocol.EventMessage, ID: strconv.Itoa(i), From: from, Body: body}}
			told.Add(1)
			if e := j.Append(ctx, d, func(_ journal.Outcome, e error) {
				if e != nil {
					mu.Lock()
					err = e
					mu.Unlock()
				}
				told.Done()
			}); e != nil {
				return nil, e
			}
		}
	}
	told.Wait()
	for _, room := range rooms {
		s, feed, e := j.Follow(ctx, room)
		if e != nil {
			return nil, e
		}
		feed.Close()
		epochs = append(epochs, s.Epoch)
	}
	if e := j.Close(); err == nil {
		err = e
	}
	return epochs, err
}
