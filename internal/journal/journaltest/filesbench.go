package journaltest

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"snug/internal/journal"
)

// BenchmarkAppendBesideUploads measures how long a message takes to be durable, at a hundred
// messages a second, while somebody uploads a file of 25 MiB after the other, and without.
// open returns a new, empty journal.
func BenchmarkAppendBesideUploads(b *testing.B, open func(b *testing.B) journal.Journal) {
	for _, uploads := range []int{0, 1, 4} {
		b.Run("uploads="+strconv.Itoa(uploads), func(b *testing.B) {
			j := open(b)
			stop := make(chan struct{})
			var uploading sync.WaitGroup
			var mu sync.Mutex
			files := 0
			for range uploads {
				uploading.Go(func() {
					piece := make([]byte, 64<<10)
					_, _ = rand.NewChaCha8([32]byte{}).Read(piece) // it never fails
					for {
						u, err := j.(journal.Files).NewFile(b.Context())
						if err != nil {
							b.Error(err)
							return
						}
						for u.Size() < 25<<20 && err == nil {
							_, err = u.Write(piece)
							time.Sleep(500 * time.Microsecond) // about a gigabit a second
						}
						if err == nil {
							_, err = u.Store(b.Context(), journal.NewFile{Room: "lobby", Uploader: "ann"})
						}
						u.Discard()
						if err != nil {
							b.Error(err)
							return
						}
						mu.Lock()
						files++
						mu.Unlock()
						select {
						case <-stop:
							return
						default:
						}
					}
				})
			}
			var took []time.Duration
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			for i := 0; b.Loop(); i++ {
				<-tick.C
				began := time.Now()
				done := make(chan error, 1)
				if err := j.Append(b.Context(), message("lobby", "ann", strconv.Itoa(i), "hello"), func(_ journal.Outcome, err error) { done <- err }); err != nil {
					b.Fatal(err)
				}
				if err := <-done; err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			close(stop)
			uploading.Wait()
			slices.Sort(took)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(files), "files")
			if err := j.Close(); err != nil {
				b.Error(err)
			}
		})
	}
}
