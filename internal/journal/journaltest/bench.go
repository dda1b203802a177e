package journaltest

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"snug/internal/journal"
)

// BenchmarkAppend measures appends with as many drafts in flight as a few hundred
// connections have. An operation is one entry.
func BenchmarkAppend(b *testing.B, open func(b *testing.B) journal.Journal) {
	const inFlight = 512
	content := strings.Repeat("x", 64)
	for _, rooms := range []int{1, 100} {
		b.Run(fmt.Sprint("rooms=", rooms), func(b *testing.B) {
			j := open(b)
			defer j.Close()
			free := make(chan struct{}, inFlight)
			var n atomic.Int64
			b.ReportAllocs()
			b.ResetTimer() // without the time to open the journal
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					i := n.Add(1)
					free <- struct{}{}
					d := message(fmt.Sprint("room-", i%int64(rooms)), "ann", fmt.Sprint(i), content)
					err := j.Append(context.Background(), d, func(_ journal.Outcome, err error) {
						<-free
						if err != nil {
							b.Error(err)
						}
					})
					if err != nil {
						b.Error(err)
						<-free
					}
				}
			})
			for range inFlight { // wait until the last ones are answered
				free <- struct{}{}
			}
		})
	}
}
