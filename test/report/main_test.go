package main

import (
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	const events = `{"Action":"start","Package":"a"}
{"Action":"output","Package":"a","Test":"TestGood","Output":"=== RUN   TestGood\n"}
{"Action":"output","Package":"a","Test":"TestGood","Output":"    a_test.go:1: quiet\n"}
{"Action":"output","Package":"a","Test":"TestGood","Output":"--- PASS: TestGood (0.00s)\n"}
{"Action":"pass","Package":"a","Test":"TestGood","Elapsed":0}
{"Action":"output","Package":"a","Test":"TestBad/part","Output":"        a_test.go:2: wrong\n"}
{"Action":"output","Package":"a","Test":"TestBad/part","Output":"    --- FAIL: TestBad/part (0.00s)\n"}
{"Action":"fail","Package":"a","Test":"TestBad/part"}
{"Action":"output","Package":"a","Test":"TestProxy","Output":"    a_test.go:9: NOT TESTED: caddy is not installed\n"}
{"Action":"output","Package":"a","Test":"TestProxy","Output":"--- SKIP: TestProxy (0.00s)\n"}
{"Action":"skip","Package":"a","Test":"TestProxy"}
{"Action":"output","Package":"a","Test":"TestLong","Output":"    a_test.go:9: long: SNUG_SOAK=1 runs it\n"}
{"Action":"skip","Package":"a","Test":"TestLong"}
{"Action":"output","Package":"a","Test":"TestStuck","Output":"panic: test timed out\n"}
{"Action":"output","Package":"a","Output":"FAIL\n"}
{"Action":"output","Package":"a","Output":"FAIL\ta\t0.1s\n"}
{"Action":"fail","Package":"a"}
{"Action":"output","Package":"b","Output":"PASS\n"}
{"Action":"output","Package":"b","Output":"ok  \tb\t0.2s\n"}
{"Action":"pass","Package":"b"}
{"Action":"output","Package":"c","Output":"?   \tc\t[no test files]\n"}
{"Action":"skip","Package":"c"}
{"ImportPath":"d","Action":"build-output","Output":"d/d.go:1:1: undefined: x\n"}
go: a word that is no event`
	const want = `        a_test.go:2: wrong
    --- FAIL: TestBad/part (0.00s)
NOT TESTED: caddy is not installed (TestProxy)
panic: test timed out
FAIL
FAIL	a	0.1s
ok  	b	0.2s
d/d.go:1:1: undefined: x
go: a word that is no event`
	var got strings.Builder
	if err := report(strings.NewReader(events), &got); err != nil {
		t.Fatal(err)
	}
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}
