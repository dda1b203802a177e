package room

import (
	"testing"
	"testing/synctest"

	"snug/protocol"
)

// passes reads all there is, and says that it has been written.
func (c *client) passes() {
	c.t.Helper()
	synctest.Wait()
	c.all()
	c.Passed()
}

func (c *client) lags(want Lag, delivered uint64) {
	c.t.Helper()
	synctest.Wait()
	if got := c.Lag(); got != want || c.Delivered() != delivered {
		c.t.Errorf("%s is behind by %+v and was delivered %d, want %+v and %d", c.You().Nick, got, c.Delivered(), want, delivered)
	}
}

func TestHowFarOneIsBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := open(t, Options{})
		ann := enter(t, g, v1("ann"))
		ann.says("1", "2", "3")
		none := v1("bob")
		none.History = 0
		bob := enter(t, g, none)
		bob.lags(Lag{}, 0)
		ann.says("4", "5")
		bob.lags(Lag{Events: 2}, 0)
		bob.passes()
		bob.lags(Lag{}, 2)
		enter(t, g, v1("eve")) // her coming is on the wire, and not in the log
		bob.lags(Lag{}, 2)
	})
}

func TestWhatADialectDoesNotShowIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := open(t, Options{})
		ann, bob := enter(t, g, v1("ann")), enter(t, g, plain("bob"))
		ann.says("1")
		bob.passes()
		if _, err := ann.react("r", 1); err != nil {
			t.Fatal(err)
		}
		bob.lags(Lag{}, 1)
		ann.says("2")
		bob.lags(Lag{Events: 2}, 1)
	})
}

// A wire that has just begun has nothing of what one who comes back has missed.
func TestWhoComesBackIsBehindInTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := open(t, Options{})
		ann := enter(t, g, v1("ann"))
		ann.says("1", "2", "3")
		synctest.Wait()
		ann.Leave()
		q := v1("ann")
		q.Since = &protocol.Position{Epoch: ann.welcome.Epoch, Seq: 1}
		back := enter(t, g, q)
		back.lags(Lag{Events: 2, InLog: true}, 0)
		back.passes()
		back.lags(Lag{}, 2)
		bob := enter(t, g, plain("bob"))
		back.Leave()
		bob.says("4", "5") // on no wire of v1
		synctest.Wait()
		q.Since.Seq = 3
		again := enter(t, g, q)
		again.lags(Lag{Events: 2, InLog: true}, 0)
	})
}
