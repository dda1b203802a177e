package room

import (
	"testing"
	"testing/synctest"

	"snug/protocol"
)

// passes reads everything and marks it as written.
func (c *client) passes() {
	c.t.Helper()
	synctest.Wait()
	c.all()
	c.Cursor.MarkWritten()
}

func (c *client) lags(want Lag, delivered uint64) {
	c.t.Helper()
	synctest.Wait()
	if got := c.Lag(); got != want || c.Delivered() != delivered {
		c.t.Errorf("%s is behind by %+v and was delivered %d, want %+v and %d", c.You().Nick, got, c.Delivered(), want, delivered)
	}
}

func TestLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{})
		ann := mustJoin(t, g, v1("ann"))
		ann.mustSend("1", "2", "3")
		none := v1("bob")
		none.History = 0
		bob := mustJoin(t, g, none)
		bob.lags(Lag{}, 0)
		ann.mustSend("4", "5")
		bob.lags(Lag{Events: 2}, 0)
		bob.passes()
		bob.lags(Lag{}, 2)
		mustJoin(t, g, v1("eve")) // her joining is in the buffer, and not in the log
		bob.lags(Lag{}, 2)
	})
}

func TestEventsThatADialectDoesNotShowAreNoLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{})
		ann, bob := mustJoin(t, g, v1("ann")), mustJoin(t, g, plain("bob"))
		ann.mustSend("1")
		bob.passes()
		if _, err := ann.react("r", 1); err != nil {
			t.Fatal(err)
		}
		bob.lags(Lag{}, 1)
		ann.mustSend("2")
		bob.lags(Lag{Events: 2}, 1)
	})
}

// A buffer that has just been restarted has nothing of what a returning client missed.
func TestAResumingClientLagsInTheJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{})
		ann := mustJoin(t, g, v1("ann"))
		ann.mustSend("1", "2", "3")
		synctest.Wait()
		ann.Leave()
		q := v1("ann")
		q.Since = &protocol.Position{Epoch: ann.welcome.Epoch, Seq: 1}
		back := mustJoin(t, g, q)
		back.lags(Lag{Events: 2, InLog: true}, 0)
		back.passes()
		back.lags(Lag{}, 2)
		bob := mustJoin(t, g, plain("bob"))
		back.Leave()
		bob.mustSend("4", "5") // not in the buffer of v1
		synctest.Wait()
		q.Since.Seq = 3
		again := mustJoin(t, g, q)
		again.lags(Lag{Events: 2, InLog: true}, 0)
	})
}
