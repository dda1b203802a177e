package test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	talk "snug/client"
)

var opened = regexp.MustCompile(`the operator's port is open".* addr=(\S+)`)

// operator waits until p says where its operator's port is.
func (p *process) operator(t *testing.T) string {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if m := opened.FindStringSubmatch(p.err.String()); m != nil {
			return "http://" + m[1]
		}
	}
	t.Fatalf("it doesn't say where its operator's port is:\n%s", p.err.String())
	return ""
}

// ask makes a request.
func ask(t *testing.T, method, url, secret string) (int, []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if secret != "" {
		r.Header.Set("Authorization", "Bearer "+secret)
	}
	answer, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, body
}

// A backup is made while a member sends messages. Then the server is killed, and another
// starts on the backup in the same place. It has all messages that were confirmed before
// the backup.
func TestABackupIsMadeAndPutBack(t *testing.T) {
	s := newSite(t, "--limits=off", "--admin=127.0.0.1:0")
	p := s.start()
	operator := p.operator(t)
	room, err := talk.Join(t.Context(), "http://"+s.address(), "room1", talk.Options{Nick: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	send := func(from, to int) {
		for i := from; i < to; i++ {
			if _, err := room.Send(t.Context(), talk.Message{Content: fmt.Sprintf("%s %04d", contents, i)}); err != nil {
				t.Errorf("send: %v", err)
				return
			}
		}
	}
	send(0, 50)
	talked := make(chan struct{})
	go func() {
		defer close(talked)
		send(50, 150)
	}()
	status, backup := ask(t, "POST", operator+"/backup", "")
	<-talked
	if status != http.StatusOK {
		t.Fatalf("%d %s", status, backup)
	}
	send(150, 151) // the backup may have all before it, and then it would be the same journal
	p.kill9(t)
	if err := room.Close(); err == nil {
		t.Log("the room was closed before the kill was seen")
	}
	for _, left := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(s.file + left); err != nil {
			t.Error(err)
		}
	}
	if err := os.WriteFile(s.file, backup, 0o600); err != nil {
		t.Fatal(err)
	}

	p = s.start()
	if said := p.err.String(); !strings.Contains(said, "not the one last used here") {
		t.Errorf("it doesn't say that it is another journal:\n%s", said)
	}
	room, err = talk.Join(t.Context(), "http://"+s.address(), "room1", talk.Options{Nick: "bob"})
	if err != nil {
		t.Fatal(err)
	}
	defer room.Close()
	page, err := room.History(t.Context(), talk.Page{First: true, Limit: 200})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range page.Events {
		if strings.Contains(string(e.Body), fmt.Sprintf("%s %04d", contents, n)) {
			n++
		}
	}
	if n < 50 || n > 150 {
		t.Errorf("%d messages are there, one after another; of 150 that it may have, 50 were before the backup", n)
	}
}

func TestTheOperatorsPortIsTheOperatorsAlone(t *testing.T) {
	const secret = "0123456789abcdef0"
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, "--admin=127.0.0.1:0", "--admin-secret-file="+file)
	s.secret(secret)
	operator := s.start().operator(t)
	for _, path := range []string{"/metrics", "/", "/inside.json", "/debug/pprof/heap"} {
		if status, _ := ask(t, "GET", operator+path, ""); status != http.StatusUnauthorized {
			t.Errorf("%s without the secret: %d", path, status)
		}
		if status, _ := ask(t, "GET", operator+path, secret); status != http.StatusOK {
			t.Errorf("%s with the secret: %d", path, status)
		}
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if status, _ := ask(t, "GET", operator+path, ""); status != http.StatusOK {
			t.Errorf("%s: %d", path, status)
		}
	}
	for path, want := range map[string]int{"/healthz": http.StatusOK, "/readyz": http.StatusNotFound, "/metrics": http.StatusNotFound} {
		if status, _ := ask(t, "GET", "http://"+s.address()+path, ""); status != want {
			t.Errorf("%s on the users' port: %d, want %d", path, status, want)
		}
	}
}

// A log in JSON has an object a line, and a connection's number on all of its own.
func TestALogInJSON(t *testing.T) {
	s := newSite(t)
	cmd := s.command()
	cmd.Args = append(cmd.Args, "--log-format=json")
	p := launch(t, cmd)
	room, err := talk.Join(t.Context(), "http://"+p.address(t), "room1", talk.Options{Nick: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := room.Send(t.Context(), talk.Message{Content: contents}); err != nil {
		t.Error(err)
	}
	seat := room.Seat()
	if err := room.Close(); err != nil {
		t.Error(err)
	}
	p.signal(t, os.Interrupt)
	p.wait(t)
	conns := 0
	for line := range strings.Lines(p.err.String()) {
		var said map[string]any
		if err := json.Unmarshal([]byte(line), &said); err != nil {
			t.Errorf("%q is no JSON", line)
		}
		if strings.Contains(line, contents) || strings.Contains(line, seat) {
			t.Errorf("what was said, or a seat, is in %s", line)
		}
		if msg := said["msg"]; msg == "connected" || msg == "disconnected" {
			conns++
			if said["conn"] != 1.0 || said["room"] != "room1" {
				t.Errorf("it doesn't say which connection: %s", line)
			}
		}
	}
	if conns != 2 {
		t.Errorf("of one connection it says %d times that it came or went", conns)
	}
}
