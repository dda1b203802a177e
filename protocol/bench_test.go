package protocol

import (
	"strings"
	"testing"
)

var (
	benchContent = strings.Repeat("hello ", 10) + "😀"
	benchSend    = []byte(`{"type":"send","id":"0190a1b2-7c3d-7e4f-8a5b","content":"` + benchContent + `"}`)
	benchPlain   = []byte(`{"Author":"client 1","Content":"` + benchContent + `"}`)
)

func BenchmarkDecodeCommandSend(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(benchSend)))
	for b.Loop() {
		if _, err := DecodeCommand(benchSend); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodePlain(b *testing.B) {
	b.ReportAllocs()
	b.SetBytes(int64(len(benchPlain)))
	for b.Loop() {
		if _, err := DecodePlain(benchPlain); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoneSurrogate(b *testing.B) {
	frame := []byte(`{"Content":"` + strings.Repeat(`\ud83d\ude00 and \n`, 1000) + `"}`)
	b.ReportAllocs()
	b.SetBytes(int64(len(frame)))
	for b.Loop() {
		if loneSurrogate(frame) {
			b.Fatal("there is none")
		}
	}
}

func BenchmarkEventAppendJSON(b *testing.B) {
	e := message(41, "0190a1b2-7c3d-7e4f-8a5b", MessageBody{Content: benchContent})
	dst := e.AppendJSON(nil)
	b.ReportAllocs()
	b.SetBytes(int64(len(dst)))
	for b.Loop() {
		dst = e.AppendJSON(dst[:0])
	}
}

func BenchmarkEventAppendPlain(b *testing.B) {
	e := message(41, "0190a1b2-7c3d-7e4f-8a5b", MessageBody{Content: benchContent})
	dst := e.AppendPlain(nil, "lobby")
	b.ReportAllocs()
	b.SetBytes(int64(len(dst)))
	for b.Loop() {
		dst = e.AppendPlain(dst[:0], "lobby")
	}
}

func TestLookingForSurrogatesAllocatesNothing(t *testing.T) {
	frame := []byte(strings.Repeat(`\ud83d\ude00 \\ud83d`, 100))
	if n := testing.AllocsPerRun(100, func() { loneSurrogate(frame) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
