package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"snug"
	"snug/client"
	"snug/internal/servertest/vacant"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"snug": main}) }

// TestScripts runs the scripts of testdata, each with its own server. In a script
// "restart" stops that server and starts another with its file, and "forget" with an
// empty one. "own" creates a room as zoe, with an event of each type and a password.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			addresses := vacant.Addresses(t, 2)
			s := &server{file: filepath.Join(env.WorkDir, "snug.db"), addr: addresses[0], adminAddr: addresses[1]}
			if err := s.start(); err != nil {
				return err
			}
			env.Defer(s.stop)
			env.Values["server"] = s
			env.Setenv("SNUG_SERVER", "http://"+s.addr)
			env.Setenv("HOST_PORT", s.addr)
			env.Setenv("WS_SERVER", "ws://"+s.addr)
			if err := serveEndless(env); err != nil {
				return err
			}
			env.Setenv("SNUG_NICK", "ann")
			env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, "config"))
			env.Setenv("SNUG_ADMIN", "http://"+s.adminAddr)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"restart": func(ts *testscript.TestScript, _ bool, _ []string) {
				s := ts.Value("server").(*server)
				s.stop()
				ts.Check(s.start())
			},
			"forget": func(ts *testscript.TestScript, _ bool, _ []string) {
				s := ts.Value("server").(*server)
				s.stop()
				ts.Check(os.Remove(s.file))
				ts.Check(s.start())
			},
			"json":   holds,
			"status": exits,
			"own": func(ts *testscript.TestScript, _ bool, args []string) {
				ts.Check(own("http://"+ts.Value("server").(*server).addr, args[0], args[1]))
			},
			// restore replaces the server's journal by a backup.
			"restore": func(ts *testscript.TestScript, _ bool, args []string) {
				s := ts.Value("server").(*server)
				s.stop()
				ts.Check(os.Rename(ts.MkAbs(args[0]), s.file))
				ts.Check(s.start())
			},
			// secret restarts the server with a secret for its operator's port.
			"secret": func(ts *testscript.TestScript, _ bool, args []string) {
				s := ts.Value("server").(*server)
				s.stop()
				s.secret = args[0]
				ts.Check(s.start())
			},
			// hook sets $HOOK to the URL in the first line of a file.
			"hook": func(ts *testscript.TestScript, _ bool, args []string) {
				url, _, _ := strings.Cut(ts.ReadFile(args[0]), "\n")
				ts.Setenv("HOOK", url)
			},
			// member sets $MEMBER to the sender of the first event in a file.
			"member": func(ts *testscript.TestScript, _ bool, args []string) {
				var e struct{ From struct{ Member string } }
				ts.Check(json.NewDecoder(strings.NewReader(ts.ReadFile(args[0]))).Decode(&e))
				ts.Setenv("MEMBER", e.From.Member)
			},
		},
	})
}

// holds is "json KEY=VALUE…": the standard output of the last command is one JSON
// object that has these.
func holds(ts *testscript.TestScript, _ bool, args []string) {
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(ts.ReadFile("stdout")), &object); err != nil {
		ts.Fatalf("the output is no JSON object: %v", err)
	}
	for _, arg := range args {
		key, want, _ := strings.Cut(arg, "=")
		if got := strings.Trim(string(object[key]), `"`); got != want {
			ts.Fatalf("%s is %s, want %s", key, got, want)
		}
	}
}

// exits is "status N COMMAND…": the command ends with exit status N.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	var ended *exec.ExitError
	err := ts.Exec(args[1], args[2:]...)
	if !errors.As(err, &ended) || strconv.Itoa(ended.ExitCode()) != args[0] {
		ts.Fatalf("%s ended with %v, want status %s", args[1], err, args[0])
	}
}

// serveEndless starts servers whose answers never end: at $ENDLESS/page,
// $ENDLESS/refusal, and with a header at $ENDLESS_HEADER. At $ENDLESS/portal is a page, as
// networks have that want users to sign in first.
func serveEndless(env *testscript.Env) error {
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasPrefix(r.URL.Path, "/portal"):
			_, _ = io.WriteString(w, "<html>Sign in</html>") // the client may be gone
			return
		case strings.HasPrefix(r.URL.Path, "/refusal"):
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusForbidden)
		}
		write := `{"detail":"`
		for {
			if _, err := io.WriteString(w, write); err != nil {
				return
			}
			write = strings.Repeat("x", 64<<10)
		}
	}))
	env.Setenv("ENDLESS", front.URL)
	env.Defer(front.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	env.Setenv("ENDLESS_HEADER", "http://"+l.Addr().String())
	env.Defer(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { // ends with the client
				defer conn.Close()
				write := "HTTP/1.1 200 OK\r\nX-Endless: "
				for {
					if _, err := io.WriteString(conn, write); err != nil {
						return
					}
					write = strings.Repeat("x", 64<<10)
				}
			}()
		}
	}()
	return nil
}

// server is a server that keeps its addresses when it is restarted.
type server struct {
	file, addr, adminAddr, secret string

	snug         *snug.Server
	front, admin *http.Server
}

func (s *server) start() error {
	o := snug.Defaults()
	o.Journal, o.OutgoingHooks = "sqlite:"+s.file, "on"
	o.Log = slog.New(slog.DiscardHandler)
	var err error
	if s.snug, err = snug.New(context.Background(), o); err != nil {
		return err
	}
	if s.front, err = serve(s.snug, s.addr); err != nil {
		return err
	}
	s.admin, err = serve(s.snug.Admin(s.secret), s.adminAddr)
	return err
}

func serve(h http.Handler, addr string) (*http.Server, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	front := &http.Server{Handler: h, ReadTimeout: time.Minute}
	go func() { _ = front.Serve(l) }() // until stop
	return front, nil
}

// own creates a room as zoe.
func own(server, code, password string) (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	room, err := client.Join(ctx, server, code, client.Options{Nick: "zoe"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, room.Close()) }()
	mend, err := room.Send(ctx, client.Message{Content: "helo"})
	if err != nil {
		return err
	}
	gone, err := room.Send(ctx, client.Message{Content: "gone"})
	if err != nil {
		return err
	}
	return errors.Join(
		room.Edit(ctx, mend, "hello"),
		room.React(ctx, mend, "👋"),
		room.Delete(ctx, gone),
		room.Ban(ctx, "mallory", "spam", time.Hour),
		room.Set(ctx, client.Change{Topic: new("tea"), Password: &password}),
	)
}

func (s *server) stop() {
	for _, front := range []*http.Server{s.front, s.admin} {
		if front != nil { // it is nil if start has failed
			_ = front.Close() // the listener is what counts
		}
	}
	_ = s.snug.Shutdown(context.Background())
}
