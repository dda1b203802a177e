// Command server is the Snug chat server. With
//
//	go run ./cmd/server
//
// it is at http://localhost:8080/.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"
	"unicode"

	"github.com/alecthomas/kong"

	"snug"
	"snug/internal/listener"
	"snug/internal/logdedup"
	"snug/internal/version"
)

// flags are the command line. Each is an environment variable too: --max-rooms
// is SNUG_MAX_ROOMS. Their names are those of snug.Options, so that what is wrong
// with an option can be told of its flag.
type flags struct {
	Addr                     string        `default:":8080" placeholder:"HOST:PORT" help:"Listen on this address (${default}, ${env})."`
	Journal                  string        `default:"${journal}" placeholder:"sqlite:FILE|memory:|cluster:DIR|nats://HOST:PORT" help:"Keep messages in a file, in memory alone, or with other servers: in a cluster with its files in a directory, or by a NATS that stands already (${default}, ${env})."`
	ClusterName              string        `placeholder:"NAME" help:"What names this server among those of a cluster, at each start the same; without it, the machine's name (${env})."`
	ClusterListen            string        `placeholder:"HOST:PORT" help:"Where the other servers of a cluster:DIR reach this one (${env})."`
	ClusterPeers             []string      `placeholder:"HOST:PORT" help:"Where the servers of a cluster:DIR are: all of them, three at the least; without it, this one is alone (${env})."`
	ClusterSecretFile        string        `placeholder:"FILE" help:"What the servers of a cluster:DIR know each other by is the first line of this file; needed where they are on several machines (${env})."`
	ClusterKeep              time.Duration `default:"${cluster_keep}" placeholder:"TIME" help:"How long a server may be away without having to take a snapshot from another (${default}, ${env})."`
	ClusterFile              string        `default:"${cluster_file}" placeholder:"FILE" help:"The file for the messages that nats:// brings (${default}, ${env})."`
	ClusterCreds             string        `placeholder:"FILE" help:"The credentials for nats:// (${env})."`
	ClusterAuthority         string        `placeholder:"FILE" help:"The authority of the certificates of nats://, in PEM; without it, those that the system trusts (${env})."`
	MessageRate              float64       `default:"${rate}" placeholder:"N" help:"Messages a second that one connection may send, with a burst of ${burst}; 0 for no limit (${default}, ${env})."`
	MaxContent               int           `default:"${content}" placeholder:"N" help:"Characters in a message at the most (${default}, ${env})."`
	MaxConnections           int           `default:"${connections}" placeholder:"N" help:"Connections at once at the most; 0 for no limit (${default}, ${env})."`
	MaxRooms                 int           `default:"${rooms}" placeholder:"N" help:"Rooms open at once at the most; 0 for no limit (${default}, ${env})."`
	MaxMembers               int           `default:"${members}" placeholder:"N" help:"Members of one room at the most; 0 for no limit (${default}, ${env})."`
	MaxConnectionsPerAddress int           `default:"${per_address}" placeholder:"N" help:"Connections at once from one address at the most; 0 for no limit (${default}, ${env})."`
	JoinsPerMinute           int           `default:"${joins}" placeholder:"N" help:"Connections a minute from one address; 0 for no limit (${default}, ${env})."`
	NewRoomsPerMinute        int           `default:"${new_rooms}" placeholder:"N" help:"New rooms a minute from one address; 0 for no limit (${default}, ${env})."`
	WrongPasswordsPerMinute  int           `default:"${guesses}" placeholder:"N" help:"Wrong passwords a minute from one address; 0 for no limit (${default}, ${env})."`
	TrustedProxies           []string      `placeholder:"NETWORK" help:"Proxies in front, as 10.0.0.0/8 or ::1, whose X-Forwarded-For and X-Forwarded-Proto count (${env})."`
	BadFrames                int           `default:"${bad_frames}" placeholder:"N" help:"Refused frames and pings that a connection may send at once, with a tenth of it a second, before it is closed; 0 for no limit (${default}, ${env})."`
	MaxWaiting               int           `default:"${waiting}" placeholder:"BYTES" help:"Bytes of answers that may wait for one client before its commands do (${default}, ${env})."`
	MaxJournal               int64         `default:"${max_journal}" placeholder:"BYTES" help:"Bytes that the journal's file may have; 0 for no limit (${default}, ${env})."`
	History                  int           `default:"${history}" placeholder:"N" help:"Messages that a v1 client gets on joining (${default}, ${env})."`
	Owners                   string        `default:"first" enum:"first,none" placeholder:"first|none" help:"Whose a new room is: its first member's, or nobody's (${default}, ${env})."`
	Origins                  []string      `placeholder:"URL" help:"Web pages of other origins that may connect, as https://example.com; * for all. Without it, the server's own alone (${env})."`
	FrameAncestors           []string      `placeholder:"URL" help:"Sites that may show the page in a frame, as https://example.com; self, or * for all. Without it, none (${env})."`
	Auth                     string        `placeholder:"hmac:FILE|key:FILE|jwks:URL" help:"Let in only who has a token (JWT), signed with the secret in a file, by the public key in a PEM file, or by one of those at an address. Without it, a room's code is all that one needs (${env})."`
	AuthAudience             string        `placeholder:"NAME" help:"What a token's aud must name (${env})."`
	AuthIssuer               string        `placeholder:"NAME" help:"What a token's iss must be (${env})."`
	TLSCert                  string        `placeholder:"FILE" help:"Speak TLS with the certificate in this PEM file, and look again when it changes (${env})."`
	TLSKey                   string        `placeholder:"FILE" help:"The key of --tls-cert (${env})."`
	Domain                   []string      `placeholder:"NAME" help:"Speak TLS with certificates for these names, got and renewed by ACME; --addr is :443 then, as others see it (${env})."`
	CertCache                string        `default:"snug-certs" placeholder:"DIR" help:"Keep the certificates of --domain in this directory (${default}, ${env})."`
	ACMEDirectory            string        `placeholder:"URL" help:"Get them from this authority; without it, from Let's Encrypt, whose terms --domain accepts (${env})."`
	HTTPAddr                 string        `placeholder:"HOST:PORT" help:"Listen here too, and send who comes without TLS on to where it is (${env})."`
	Limits                   string        `default:"on" enum:"on,off" placeholder:"on|off" help:"off lifts all limits that guard against strangers (rate, connections, rooms, members, addresses, floods), for trials and measurements (${default}, ${env})."`
	Keep                     string        `placeholder:"AGE,N" help:"Keep messages for this long, such as 30d or 12h, or this many events of each room, such as 10000events, or both, such as 30d,10000events: what either doesn't keep is removed. Without it, everything is kept (${env})."`
	Admin                    string        `placeholder:"HOST:PORT" help:"Listen on this address, as 127.0.0.1:9090, for the operator: metrics, health, backups, a page that shows the inside. Without it, nowhere (${env})."`
	AdminSecretFile          string        `placeholder:"FILE" help:"What the operator must send is the first line of this file; needed where --admin can be reached from other machines (${env})."`
	LogFormat                string        `default:"text" enum:"text,json" placeholder:"text|json" help:"How a line of the log is written (${default}, ${env})."`
	LogLevel                 string        `default:"info" enum:"debug,info,warn,error" placeholder:"LEVEL" help:"Log from this level on: debug, info, warn or error (${default}, ${env})."`

	Version kong.VersionFlag `env:"-" help:"Print the version and exit."`
}

func main() {
	dropEmptyVariables()
	d := snug.Defaults()
	var f flags
	cli := kong.Parse(&f,
		kong.Name("snug-server"),
		kong.Description("Snug: chat rooms that anyone can open by a code, in one binary. Without flags it is at http://localhost:8080/."),
		kong.DefaultEnvars("SNUG"),
		kong.Exit(func(code int) { os.Exit(min(code, 1)) }), // one status for whatever is wrong
		kong.Vars{
			"version":      version.String(),
			"journal":      d.Journal,
			"rate":         fmt.Sprint(d.MessageRate),
			"burst":        fmt.Sprint(d.MessageBurst),
			"content":      fmt.Sprint(d.MaxContent),
			"connections":  fmt.Sprint(d.MaxConnections),
			"rooms":        fmt.Sprint(d.MaxRooms),
			"history":      fmt.Sprint(d.History),
			"members":      fmt.Sprint(d.MaxMembers),
			"per_address":  fmt.Sprint(d.MaxConnectionsPerAddress),
			"joins":        fmt.Sprint(d.JoinsPerMinute),
			"new_rooms":    fmt.Sprint(d.NewRoomsPerMinute),
			"guesses":      fmt.Sprint(d.WrongPasswordsPerMinute),
			"bad_frames":   fmt.Sprint(d.BadFrames),
			"waiting":      fmt.Sprint(d.MaxWaiting),
			"max_journal":  fmt.Sprint(d.MaxJournal),
			"cluster_keep": fmt.Sprint(d.ClusterKeep),
			"cluster_file": d.ClusterFile,
		})
	err := run(&f, d)
	var wrong *snug.OptionError
	if errors.As(err, &wrong) {
		flag := dashed(wrong.Option)
		err = fmt.Errorf("--%s (or $SNUG_%s) is %v: %s", flag, strings.ToUpper(strings.ReplaceAll(flag, "-", "_")), wrong.Value, wrong.Want)
	}
	cli.FatalIfErrorf(err)
}

// dropEmptyVariables takes variables that are set to nothing for unset, which is
// what whoever left them so in a file means.
func dropEmptyVariables() {
	for _, v := range os.Environ() {
		if name, value, _ := strings.Cut(v, "="); value == "" && strings.HasPrefix(name, "SNUG_") {
			_ = os.Unsetenv(name) // it was there
		}
	}
}

// dashed returns the flag of an option: max-rooms of MaxRooms.
func dashed(option string) string {
	var flag strings.Builder
	for i, r := range option {
		if i > 0 && unicode.IsUpper(r) {
			flag.WriteByte('-')
		}
		flag.WriteRune(unicode.ToLower(r))
	}
	return flag.String()
}

// stopWithin bounds how long a server takes to stop.
const stopWithin = 8 * time.Second

func run(f *flags, o snug.Options) error {
	o.Journal = f.Journal
	o.ClusterName, o.ClusterListen, o.ClusterPeers = f.ClusterName, f.ClusterListen, f.ClusterPeers
	o.ClusterSecretFile, o.ClusterKeep = f.ClusterSecretFile, f.ClusterKeep
	o.ClusterFile, o.ClusterCreds, o.ClusterAuthority = f.ClusterFile, f.ClusterCreds, f.ClusterAuthority
	o.MessageRate = f.MessageRate
	o.MaxContent = f.MaxContent
	o.MaxConnections = f.MaxConnections
	o.MaxRooms = f.MaxRooms
	o.MaxMembers = f.MaxMembers
	o.MaxConnectionsPerAddress = f.MaxConnectionsPerAddress
	o.JoinsPerMinute = f.JoinsPerMinute
	o.NewRoomsPerMinute = f.NewRoomsPerMinute
	o.WrongPasswordsPerMinute = f.WrongPasswordsPerMinute
	o.TrustedProxies = f.TrustedProxies
	o.BadFrames = f.BadFrames
	o.MaxWaiting = f.MaxWaiting
	o.MaxJournal = f.MaxJournal
	o.History = f.History
	o.NoOwners = f.Owners == "none"
	o.Origins = f.Origins
	o.FrameAncestors = f.FrameAncestors
	o.Auth, o.AuthAudience, o.AuthIssuer = f.Auth, f.AuthAudience, f.AuthIssuer
	o.NoLimits = f.Limits == "off"
	var err error
	if o.Keep, err = snug.ParseKeep(f.Keep); err != nil {
		return fmt.Errorf("--keep: %w", err)
	}
	if o.Log, err = logger(f); err != nil {
		return err
	}
	secret, err := f.secret()
	if err != nil {
		return fmt.Errorf("--admin-secret-file: %w", err)
	}

	// The address first: a server that can't listen should touch no journal.
	entry, err := listener.Open(listener.Options{
		Addr: f.Addr, HTTPAddr: f.HTTPAddr,
		CertFile: f.TLSCert, KeyFile: f.TLSKey,
		Domains: f.Domain, CertCache: f.CertCache, Directory: f.ACMEDirectory,
		Log: o.Log,
	})
	if err != nil {
		return err
	}
	defer entry.Close()
	var adminListener net.Listener
	if f.Admin != "" {
		if adminListener, err = listenAdmin(f.Admin, secret); err != nil {
			return fmt.Errorf("--admin: %w", err)
		}
		defer adminListener.Close() // likewise
	}
	server, err := snug.New(context.Background(), o)
	if err != nil {
		return err
	}
	// Not before: a start that is cut short leaves nothing to be undone, and the
	// check of a large log takes a while.
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	served := make(chan error, 2)
	go func() { served <- entry.Serve(server) }()
	admin := &http.Server{
		ReadHeaderTimeout: 10 * time.Second, // a backup may take as long as it takes
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn),
	}
	if adminListener != nil {
		admin.Handler = server.Admin(secret)
		go func() { served <- admin.Serve(adminListener) }()
		o.Log.Info("the operator's port is open", "addr", adminListener.Addr().String())
	}
	greet(f, entry)

	select {
	case err = <-served: // it never ends well by itself
	case err = <-server.Ended(): // it has to be started again
	case s := <-signals:
		o.Log.Info("stopping; the same signal again stops at once", "signal", s.String())
		go func() {
			<-signals
			os.Exit(1)
		}()
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	// Close, not Shutdown: connections that were upgraded are the server's, and a
	// request under way has nothing to lose.
	entry.Close()
	if stopErr := server.Shutdown(ctx); errors.Is(stopErr, context.DeadlineExceeded) {
		o.Log.Warn("some clients were too slow to be told goodbye")
	} else {
		err = errors.Join(err, stopErr)
	}
	err = errors.Join(err, admin.Close()) // last: until then it says that the server isn't ready
	o.Log.Info("stopped")
	return err
}

// logger writes to standard error.
func logger(f *flags) (*slog.Logger, error) {
	var o slog.HandlerOptions
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.LogLevel)); err != nil {
		return nil, err
	}
	o.Level = level
	if f.LogFormat == "json" {
		return slog.New(logdedup.New(slog.NewJSONHandler(os.Stderr, &o))), nil
	}
	return slog.New(logdedup.New(slog.NewTextHandler(os.Stderr, &o))), nil
}

// secretAtLeast is how many characters the operator's secret has.
const secretAtLeast = 16

// secret reads the operator's secret; there is none without a file.
func (f *flags) secret() (string, error) {
	if f.AdminSecretFile == "" {
		return "", nil
	}
	text, err := os.ReadFile(f.AdminSecretFile)
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	secret := strings.TrimSpace(line)
	if len(secret) < secretAtLeast {
		return "", fmt.Errorf("the first line of %s has %d characters: at least %d, as `openssl rand -hex 16` makes", f.AdminSecretFile, len(secret), secretAtLeast)
	}
	return secret, nil
}

// listenAdmin listens for the operator.
func listenAdmin(addr, secret string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	if at, ok := l.Addr().(*net.TCPAddr); secret == "" && !(ok && at.IP.IsLoopback()) {
		return nil, errors.Join(fmt.Errorf("%s can be reached from other machines: name a file with a secret by --admin-secret-file, or listen on 127.0.0.1", addr), l.Close())
	}
	return l, nil
}

// where names a journal without the secrets that the address of one may have.
func where(journal string) string {
	engine, _, _ := strings.Cut(journal, ":")
	if engine == "sqlite" || engine == "cluster" {
		return journal
	}
	return userinfo.ReplaceAllString(journal, "…@")
}

var userinfo = regexp.MustCompile(`[^/,@]*@`)

// greet says where to go next.
func greet(f *flags, entry *listener.Front) {
	url := entry.URL()
	if len(f.Domain) > 0 { // the only name that has a certificate
		url = "https://" + f.Domain[0]
	}
	fmt.Printf(`Snug is at %s/ and keeps messages in %s.
Open it in a browser. Or, in two terminals:  websocat "ws%s/ws?roomCode=room1"
Type into one of them:  {"Author": "client 1", "Content": "content1"}
`, url, where(f.Journal), strings.TrimPrefix(url, "http"))
	if others := entry.NetworkURL(); others != "" && len(f.Domain) == 0 {
		fmt.Printf("Others on this network reach it at %s/ (--addr 127.0.0.1:8080 keeps it to this machine).\n", others)
	}
}
