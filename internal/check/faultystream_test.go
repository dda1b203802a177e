package check

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/tmaxmax/go-sse"

	"snug/protocol"
)

// overHTTP reports whether the clients of a test use HTTP: those below TestOverHTTP do.
func overHTTP(t testing.TB) bool { return strings.HasPrefix(t.Name(), "TestOverHTTP/") }

func TestOverHTTP(t *testing.T) {
	for name, test := range map[string]func(*testing.T){
		"AServerThatKeepsItsPromisesHasNoFindings":         TestAServerThatKeepsItsPromisesHasNoFindings,
		"NodesAreOneServer":                                TestNodesAreOneServer,
		"ARestartInTheMiddleIsNoFault":                     TestARestartInTheMiddleIsNoFault,
		"WhatIsNoLongerKeptIsNotLost":                      TestWhatIsNoLongerKeptIsNotLost,
		"ARoomThatIsClosedEndsTheCheckAndIsNoFault":        TestARoomThatIsClosedEndsTheCheckAndIsNoFault,
		"OthersMayTalkInTheRoom":                           TestOthersMayTalkInTheRoom,
		"ItStaysWithinTheServersLimitsUnlessToldOtherwise": TestItStaysWithinTheServersLimitsUnlessToldOtherwise,
		"AServerThatAsksToWaitIsWaitedFor":                 TestAServerThatAsksToWaitIsWaitedFor,
		"AServerThatStaysAwayEndsTheCheck":                 TestAServerThatStaysAwayEndsTheCheck,
		"AnInterruptedCheckJudgesWhatWasUntilThen":         TestAnInterruptedCheckJudgesWhatWasUntilThen,
		"ACheckThatCannotBeDoneSaysWhatWouldBeRight":       TestACheckThatCannotBeDoneSaysWhatWouldBeRight,
		"EachFaultIsFoundAsWhatItIs":                       TestEachFaultIsFoundAsWhatItIs,
		"FaultsAreFoundBetweenCutsAndAreNoOthers":          TestFaultsAreFoundBetweenCutsAndAreNoOthers,
		"AResumeThatLeavesSomethingOutIsALoss":             TestAResumeThatLeavesSomethingOutIsALoss,
		"AClientThatIsLeftBehindResumesAndIsLate":          TestAClientThatIsLeftBehindResumesAndIsLate,
	} {
		t.Run(name, test)
	}
}

// forward forwards a request of a client that uses HTTP, and its response.
func (m *faultyProxy) forward(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client has gone
	}
	l := &link{faultyProxy: m, answer: w}
	commands := [][]byte{body}
	if strings.HasSuffix(r.URL.Path, "/commands") {
		commands = l.toServer(body)
	}
	for i, command := range commands {
		resp, err := m.ask(r, command)
		if err != nil {
			panic(http.ErrAbortHandler) // as if the client had asked the server itself
		}
		if i == 0 {
			l.pass(resp)
		}
		_ = resp.Body.Close() // it was read
	}
}

// ask asks the server what a client has asked, with another body.
func (m *faultyProxy) ask(r *http.Request, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(r.Context(), r.Method, m.to+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header = r.Header.Clone()
	return m.client.Do(req)
}

// pass passes a response to the client, event by event if it is a stream.
func (l *link) pass(resp *http.Response) {
	w := l.answer
	for _, name := range []string{"Content-Type", "Retry-After"} {
		w.Header()[name] = resp.Header[name]
	}
	w.WriteHeader(resp.StatusCode)
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		answer, err := io.ReadAll(resp.Body)
		if err != nil {
			panic(http.ErrAbortHandler)
		}
		if bytes.HasPrefix(answer, []byte(`{"type":"history"`)) {
			answer = l.toClient(answer)[0]
		} else if e := new(protocol.Error); l.faults.refusal != nil && e.UnmarshalJSON(answer) == nil {
			l.faults.refusal(e)
		}
		_, _ = w.Write(answer) // the client may have gone
		return
	}
	flush := http.NewResponseController(w).Flush
	_ = flush() // the same
	for e, err := range sse.Read(resp.Body, &sse.ReadConfig{MaxEventSize: maxFrameBytes}) {
		if err != nil {
			break
		}
		for _, frame := range l.toClient([]byte(e.Data)) {
			_, _ = fmt.Fprintf(w, "data: %s\n\n", frame) // the same
		}
		if flush() != nil {
			break
		}
	}
	panic(http.ErrAbortHandler) // the server has cut the stream, or the client has gone
}
