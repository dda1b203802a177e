package search

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/local"
	"snug/protocol"
)

// writer writes messages like those of people: words of a vocabulary of 50,000, of which some
// are much more common than others, mostly in short messages.
type writer struct {
	words []string
	which *rand.Zipf
	rand  *rand.Rand
}

func newWriter() *writer {
	r := rand.New(rand.NewPCG(1, 2))
	common := strings.Fields("the of and to in is you that it he was for on are as with his they at be this have from or one had by word but not what all were we when your can said there use an each which she do how their if will up other about out many then them these so some her would make like him into time has look two more write go see number no way could people my than first water been call who oil its now find long down day did get come made may part")
	w := &writer{rand: r, which: rand.NewZipf(r, 1.1, 3, 50_000)}
	syllables := strings.Fields("ba be bi bo bu ca ce ci co cu da de di do du fa fe fi fo ga ge go ha he hi ho ja jo ka ke ki la le li lo lu ma me mi mo mu na ne ni no nu pa pe pi po pu ra re ri ro ru sa se si so su ta te ti to tu va ve vi vo wa we wi ya yo za ze zo ing er est ion ness ment tion str ch sh th qu")
	for i := range 50_001 {
		if i < len(common) {
			w.words = append(w.words, common[i])
			continue
		}
		var b strings.Builder
		for range 2 + r.IntN(3) {
			b.WriteString(syllables[r.IntN(len(syllables))])
		}
		w.words = append(w.words, b.String())
	}
	return w
}

// message returns one of about ten words.
func (w *writer) message() string {
	var b strings.Builder
	for i := range 1 + min(int(w.rand.ExpFloat64()*10), 200) {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w.words[w.which.Uint64()])
	}
	return b.String()
}

// number returns a number from the environment.
func number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// BenchmarkPublish compares how many messages a second the journal takes with the index and
// without it: half a minute of each in turn, several times, with as many senders as keep the
// journal's transactions full. Use -benchtime 1x.
func BenchmarkPublish(b *testing.B) {
	const senders = 1000
	seconds, rounds := number("SNUG_SEARCH_SECONDS", 1), number("SNUG_SEARCH_ROUNDS", 1)
	w := newWriter()
	texts := make([]string, 10_000)
	for i := range texts {
		texts[i] = w.message()
	}
	for range b.N {
		var total [2]float64
		for range rounds {
			for with := range 2 {
				total[with] += publish(b, texts, senders, time.Duration(seconds)*time.Second, with == 1)
			}
		}
		b.ReportMetric(total[0]/float64(rounds), "msgs/s-without")
		b.ReportMetric(total[1]/float64(rounds), "msgs/s-with")
		b.ReportMetric(100*total[1]/total[0], "%")
	}
	b.ReportMetric(0, "ns/op")
}

func publish(b *testing.B, texts []string, senders int, long time.Duration, with bool) (rate float64) {
	path := filepath.Join(b.TempDir(), "log.snug")
	j, err := local.Open(b.Context(), path, local.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	if with {
		x := New(Options{Journal: j, Path: path + "-search", Log: slog.New(slog.DiscardHandler)})
		ctx, cancel := context.WithCancel(b.Context())
		var running sync.WaitGroup
		running.Go(func() { x.Run(ctx) })
		defer func() { cancel(); running.Wait() }()
	}
	began := time.Now()
	var all sync.WaitGroup
	counts := make([]int, senders)
	for i := range senders {
		all.Go(func() {
			done := make(chan error, 1)
			for n := i; time.Since(began) < long; n += 7 {
				d := draft(fmt.Sprint("room-", i%50), "Ann", texts[n%len(texts)])
				if err := j.Append(b.Context(), d, func(_ journal.Outcome, err error) { done <- err }); err != nil {
					b.Error(err)
					return
				}
				if err := <-done; err != nil {
					b.Error(err)
					return
				}
				counts[i]++
			}
		})
	}
	all.Wait()
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return float64(sum) / time.Since(began).Seconds()
}

// BenchmarkLarge builds the index of a log with SNUG_SEARCH_MESSAGES messages, a tenth of
// them in each of two rooms and the rest in a third, and searches it. The log stays at
// SNUG_SEARCH_LOG, if that is set, for the next time. Use -benchtime 1x.
func BenchmarkLarge(b *testing.B) {
	n := number("SNUG_SEARCH_MESSAGES", 20_000)
	path := os.Getenv("SNUG_SEARCH_LOG")
	if path == "" {
		path = filepath.Join(b.TempDir(), "log.snug")
	}
	j, err := local.Open(b.Context(), path, local.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	t := &bench{TB: b, Journal: j, path: path}
	chars := t.write(n)
	b.ReportMetric(chars, "chars/msg")
	for range b.N {
		if err := removeStore(path + "-search"); err != nil {
			b.Fatal(err)
		}
		t.Index = New(Options{Journal: j, Path: path + "-search", Log: slog.New(slog.DiscardHandler)})
		began := time.Now()
		t.run()
		b.Cleanup(t.stop)
		for l := t.log("large"); ; time.Sleep(50 * time.Millisecond) {
			f := finder{Index: t.Index, Log: l}
			if r, err := f.room(b.Context()); err == nil && r.head == l.Head {
				break
			}
		}
		b.ReportMetric(time.Since(began).Seconds(), "s-to-build")
		t.indexed("large", "other-1", "other-2")
		b.ReportMetric(float64(t.store.size())/float64(n), "index-B/msg")
		if info, err := os.Stat(path); err == nil {
			b.ReportMetric(float64(info.Size())/float64(n), "log-B/msg")
		}
		for name, query := range map[string]string{
			"common": "water", "rare": "xylophone", "absent": "zzyzx", "part": "ophon", "two": "water people", "phrase": `"the water"`, "apart": "thention", "from": "from:zoe", "short": "qu",
		} {
			t.measure(b, name, query)
		}
		if os.Getenv("SNUG_SEARCH_PURGE") != "" { // the log isn't good for a next time
			t.purge(b)
		}
	}
	b.ReportMetric(0, "ns/op")
}

// purge closes a room with a tenth of the messages, and reports how long it takes until the
// index has nothing of it.
func (b *bench) purge(to *testing.B) {
	b.closeRoom("other-1")
	began := time.Now()
	for left := 1; left > 0; time.Sleep(100 * time.Millisecond) {
		if err := b.store.reads.QueryRowContext(b.Context(), "SELECT purge + (SELECT count(*) FROM rooms WHERE code LIKE '-%' OR code = 'other-1') FROM about").Scan(&left); err != nil {
			to.Fatal(err)
		}
	}
	to.ReportMetric(time.Since(began).Seconds(), "s-to-purge-a-tenth")
}

// write fills the log if it is empty, and returns how many characters a message has.
func (b *bench) write(n int) float64 {
	w := newWriter()
	chars := 0
	if b.log("large").Head > 0 {
		for range 1000 {
			chars += len(w.message())
		}
		return float64(chars) / 1000
	}
	var pending sync.WaitGroup
	for i := range n {
		room, nick, text := "large", "Ann", w.message()
		switch {
		case i%10 < 2:
			room = fmt.Sprint("other-", i%10+1)
		case i%(n/10) == 5:
			text += " xylophone"
		case i%(n/10) == 7:
			nick = "Zoë"
		}
		chars += len(text)
		pending.Add(1)
		if err := b.Append(b.Context(), draft(room, nick, text), func(_ journal.Outcome, err error) {
			if err != nil {
				b.Error(err)
			}
			pending.Done()
		}); err != nil {
			b.Fatal(err)
		}
	}
	pending.Wait()
	return float64(chars) / float64(n)
}

// measure searches the large room, and reports the time to the first page and what is in it.
func (b *bench) measure(to *testing.B, name, query string) {
	const times = 5
	began := time.Now()
	var found protocol.Search
	for range times {
		found = b.search("large", query, protocol.MaxSeq, 20)
	}
	to.ReportMetric(float64(time.Since(began).Microseconds())/1000/times, "ms-"+name)
	to.Logf("%s (%s): %d found, more: %v, before %d", name, query, len(found.Events), found.More, found.Next)
}
