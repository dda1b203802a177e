package cli

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"snug"
	"snug/internal/cli"
	"snug/internal/version"
)

// flags are the command line. Each flag is an environment variable too: --max-rooms
// is SNUG_MAX_ROOMS. The tag "option" is the path of the field of [snug.Options] that a flag sets
// (see options), and whose default is a variable with the name of the flag's field.
type flags struct {
	Addr    string `group:"everyday" default:":8080" placeholder:"HOST:PORT|unix:FILE" help:"Listen on this address, or on a unix socket (${default}, ${env})."`
	Journal string `option:"Journal" group:"everyday" default:"${Journal}" placeholder:"sqlite:FILE|memory:|cluster:DIR|nats://HOST:PORT" help:"Store messages in a file, in memory only, in a cluster with its files in a directory, or in an existing NATS (${default}, ${env})."`
	Keep    string `group:"everyday" placeholder:"AGE,N" help:"Keep messages for this long, such as 30d or 12h, or this many of each room, such as 10000events, or both, such as 30d,10000events. Without it, keep everything (${env})."`
	History int    `option:"Rooms.History" group:"everyday" default:"${History}" placeholder:"N" help:"Messages that a v1 client gets when it joins (${default}, ${env})."`
	Owners  string `group:"everyday" default:"first" enum:"first,none" placeholder:"first|none" help:"Who owns a new room: its first member, or nobody (${default}, ${env})."`

	TrustedProxies []string `option:"Web.TrustedProxies" group:"everyday" placeholder:"NETWORK" help:"Reverse proxies in front, such as 10.0.0.0/8 or ::1, whose X-Forwarded headers are believed (${env})."`
	ProxyProtocol  bool     `group:"everyday" help:"The connections of --trusted-proxies begin with a header of the PROXY protocol, version 1 or 2, that names the client (${env})."`
	PublicURL      string   `option:"Web.PublicURL" group:"everyday" name:"public-url" placeholder:"URL" help:"Where people reach this server, such as https://chat.example or https://example.com/chat/: links that it writes begin with it. Without it, with the address of the request that they answer (${env})."`
	Origins        []string `option:"Web.Origins" group:"everyday" placeholder:"URL" help:"Other origins whose web pages may connect, such as https://example.com; * for all. Without it, only the server's own pages may (${env})."`
	FrameAncestors []string `option:"Web.FrameAncestors" group:"everyday" placeholder:"URL" help:"Sites that may show the page in a frame, such as https://example.com; self, or * for all. Without it, none may (${env})."`
	Auth           string   `option:"Auth.Method" group:"everyday" placeholder:"hmac:FILE|key:FILE|jwks:URL|oidc:ISSUER" help:"Admit only clients with a token (JWT), signed with the secret in a file, with the key in a PEM file, or with a key published at a URL; or only users who sign in at an OpenID Provider. Without it, a room's code is enough (${env})."`
	AuthAudience   string   `option:"Auth.Audience" group:"everyday" placeholder:"NAME" help:"The name that a token's aud must include (${env})."`
	AuthIssuer     string   `option:"Auth.Issuer" group:"everyday" placeholder:"NAME" help:"The value that a token's iss must have (${env})."`
	Guests         bool     `option:"Auth.Guests" group:"everyday" help:"With --auth, also let people in who have no token or don't sign in (${env})."`
	OutgoingHooks  string   `option:"OutgoingHooks" group:"everyday" default:"${OutgoingHooks}" enum:"off,on,private" placeholder:"off|on|private" help:"Deliver the events of rooms to programs, at URLs that owners and moderators name (outgoing hooks): not at all, at public addresses, or at any address that this server can reach (${default}, ${env})."`

	Push        string `option:"Push.Mode" group:"everyday" default:"${Push}" enum:"off,on,private" placeholder:"off|on|private" help:"Tell browsers of messages while their page is closed, through the push services of their makers: not at all, at public addresses, or at any address that this server can reach (${default}, ${env})."`
	PushContact string `option:"Push.Contact" group:"everyday" placeholder:"URL" help:"Where push services can reach you, such as mailto:ops@example.com; Apple's requires it. Without it, --public-url (${env})."`

	Search string `option:"Search" group:"everyday" default:"${Search}" enum:"on,off" placeholder:"on|off" help:"Let people search the rooms, by an index in a file next to the journal's (${default}, ${env})."`

	Limits                   string  `group:"limits" default:"on" enum:"on,off" placeholder:"on|off" help:"off turns off all limits that guard against abuse (rate, connections, rooms, members, addresses, floods), for trials and measurements (${default}, ${env})."`
	MessageRate              float64 `option:"Limits.MessageRate" group:"limits" default:"${MessageRate}" placeholder:"N" help:"Messages a second from one connection, with a burst of ${MessageBurst}; 0 for no limit (${default}, ${env})."`
	MaxContent               int     `option:"Limits.MaxContent" group:"limits" default:"${MaxContent}" placeholder:"N" help:"Characters in a message (${default}, ${env})."`
	MaxConnections           int     `option:"Limits.MaxConnections" group:"limits" default:"${MaxConnections}" placeholder:"N" help:"Open connections; 0 for no limit (${default}, ${env})."`
	MaxRooms                 int     `option:"Limits.MaxRooms" group:"limits" default:"${MaxRooms}" placeholder:"N" help:"Open rooms; 0 for no limit (${default}, ${env})."`
	MaxMembers               int     `option:"Limits.MaxMembers" group:"limits" default:"${MaxMembers}" placeholder:"N" help:"Members present in one room; 0 for no limit (${default}, ${env})."`
	MaxConnectionsPerAddress int     `option:"Limits.MaxConnectionsPerAddress" group:"limits" default:"${MaxConnectionsPerAddress}" placeholder:"N" help:"Open connections from one address; 0 for no limit (${default}, ${env})."`
	JoinsPerMinute           int     `option:"Limits.JoinsPerMinute" group:"limits" default:"${JoinsPerMinute}" placeholder:"N" help:"New connections a minute from one address; 0 for no limit (${default}, ${env})."`
	NewRoomsPerMinute        int     `option:"Limits.NewRoomsPerMinute" group:"limits" default:"${NewRoomsPerMinute}" placeholder:"N" help:"New rooms a minute from one address; 0 for no limit (${default}, ${env})."`
	WrongPasswordsPerMinute  int     `option:"Limits.WrongPasswordsPerMinute" group:"limits" default:"${WrongPasswordsPerMinute}" placeholder:"N" help:"Wrong passwords a minute from one address; 0 for no limit (${default}, ${env})."`
	BadFrames                int     `option:"Limits.BadFrames" group:"limits" default:"${BadFrames}" placeholder:"N" help:"Refused frames and pings that a connection may send at once, and a tenth of that a second; 0 for no limit (${default}, ${env})."`
	MaxWaiting               int     `option:"Limits.MaxWaiting" group:"limits" default:"${MaxWaiting}" placeholder:"BYTES" help:"Bytes of answers that may wait for a client before the server stops reading its commands (${default}, ${env})."`
	MaxJournal               int64   `option:"Limits.MaxJournal" group:"limits" default:"${MaxJournal}" placeholder:"BYTES" help:"Bytes that the journal's file may have; 0 for no limit (${default}, ${env})."`

	MaxFileSize      int64 `option:"Files.MaxSize" group:"limits" default:"${MaxFileSize}" placeholder:"BYTES" help:"Bytes of a file that people send; 0 turns files off (${default}, ${env})."`
	MaxRoomFiles     int64 `option:"Files.MaxInRoom" group:"limits" default:"${MaxRoomFiles}" placeholder:"BYTES" help:"Bytes of all files of a room; 0 for no limit (${default}, ${env})."`
	MaxFiles         int64 `option:"Files.MaxTotal" group:"limits" default:"${MaxFiles}" placeholder:"BYTES" help:"Bytes of all files on this server; 0 for no limit (${default}, ${env})."`
	UploadsPerMinute int   `option:"Files.UploadsPerMinute" group:"limits" default:"${UploadsPerMinute}" placeholder:"N" help:"Files a minute from one address; 0 for no limit (${default}, ${env})."`

	TLSCert       string   `group:"TLS" placeholder:"FILE" help:"Serve TLS with the certificate in this PEM file, which is reloaded when it changes (${env})."`
	TLSKey        string   `group:"TLS" placeholder:"FILE" help:"The key of --tls-cert (${env})."`
	Domain        []string `group:"TLS" placeholder:"NAME" help:"Serve TLS with certificates for these names, obtained and renewed by ACME. From outside, --addr must be reachable on port 443 (${env})."`
	CertCache     string   `group:"TLS" default:"snug-certs" placeholder:"DIR" help:"Store the certificates of --domain in this directory (${default}, ${env})."`
	ACMEDirectory string   `group:"TLS" placeholder:"URL" help:"Obtain certificates from this authority. Without it, from Let's Encrypt, whose terms --domain accepts (${env})."`
	HTTPAddr      string   `group:"TLS" placeholder:"HOST:PORT" help:"Listen here too, and redirect requests without TLS to HTTPS (${env})."`

	OIDCClientID    string        `option:"SignIn.ClientID" group:"sign-in" name:"oidc-client-id" placeholder:"ID" help:"The ID by which the provider knows this server (${env})."`
	OIDCSecretFile  string        `option:"SignIn.SecretFile" group:"sign-in" name:"oidc-secret-file" placeholder:"FILE" help:"A file with the secret that belongs to the ID, of 32 bytes or more; the same on all nodes (${env})."`
	OIDCScopes      []string      `option:"SignIn.Scopes" group:"sign-in" name:"oidc-scopes" default:"profile" placeholder:"SCOPE" help:"What to ask the provider for in addition to openid (${default}, ${env})."`
	OIDCGroups      []string      `option:"SignIn.Groups" group:"sign-in" name:"oidc-groups" sep:";" placeholder:"GROUP=ROOMS:ROLE" help:"Which rooms and role a group gives, such as staff=team-*:moderator; * is the group of all users, and the role is member unless it is given. Several are separated by semicolons. Without it, all users may be in all rooms (${env})."`
	OIDCGroupsClaim string        `option:"SignIn.GroupsClaim" group:"sign-in" name:"oidc-groups-claim" default:"${OIDCGroupsClaim}" placeholder:"NAME" help:"The claim that has a user's groups (${default}, ${env})."`
	OIDCSession     time.Duration `option:"SignIn.Session" group:"sign-in" name:"oidc-session" default:"${OIDCSession}" placeholder:"TIME" help:"How long a user stays signed in (${default}, ${env})."`

	ClusterName       string        `option:"Cluster.Name" group:"cluster" placeholder:"NAME" help:"The name of this server in a cluster, the same at each start. Without it, the host's name (${env})."`
	ClusterListen     string        `option:"Cluster.Listen" group:"cluster" placeholder:"HOST:PORT" help:"With cluster:DIR, where the other servers reach this one (${env})."`
	ClusterPeers      []string      `option:"Cluster.Peers" group:"cluster" placeholder:"HOST:PORT" help:"With cluster:DIR, where all servers are, at least three. Without it, this server is alone (${env})."`
	ClusterSecretFile string        `option:"Cluster.SecretFile" group:"cluster" placeholder:"FILE" help:"With cluster:DIR, a file whose first line is the secret that all servers share; required if they are on several machines (${env})."`
	ClusterKeep       time.Duration `option:"Cluster.Keep" group:"cluster" default:"${ClusterKeep}" placeholder:"TIME" help:"How long a server may be away and still catch up without a snapshot from another one (${default}, ${env})."`
	ClusterFile       string        `option:"Cluster.File" group:"cluster" default:"${ClusterFile}" placeholder:"FILE" help:"With nats://, the local file that holds the log (${default}, ${env})."`
	ClusterCreds      string        `option:"Cluster.Creds" group:"cluster" placeholder:"FILE" help:"With nats://, a file with credentials (${env})."`
	ClusterAuthority  string        `option:"Cluster.Authority" group:"cluster" placeholder:"FILE" help:"With nats://, a PEM file with the authority of the servers' certificates. Without it, the system's authorities (${env})."`

	Admin           string  `group:"operator" placeholder:"HOST:PORT" help:"Listen on this address, such as 127.0.0.1:9090, for the operator: metrics, health, backups, a live view. Without it, don't (${env})."`
	AdminSecretFile string  `group:"operator" placeholder:"FILE" help:"A file whose first line is the operator's secret; required if --admin can be reached from other machines (${env})."`
	SeatSeries      uint    `option:"Auth.SeatSeries" group:"operator" default:"${SeatSeries}" placeholder:"N" help:"Raise this number to make all seats invalid, because they may have been stolen: members return as new ones, also owners (see snug admin owner). The same on all nodes (${default}, ${env})."`
	SecurityContact string  `option:"Web.SecurityContact" group:"operator" placeholder:"URL" help:"Where to report vulnerabilities, such as mailto:security@example.com or https://example.com/security: served in /.well-known/security.txt. Without it, there is no such file (${env})."`
	Traces          string  `group:"operator" placeholder:"URL" help:"Export traces to an OpenTelemetry collector, by OTLP over HTTP, such as http://127.0.0.1:4318. Without it, trace nothing (${env})."`
	TracesShare     float64 `group:"operator" default:"0.01" placeholder:"N" help:"The share of requests and messages that are traced, from 0 to 1 (${default}, ${env})."`
	LogFormat       string  `group:"operator" default:"text" enum:"text,json" placeholder:"text|json" help:"The format of log lines (${default}, ${env})."`
	LogLevel        string  `group:"operator" default:"info" enum:"debug,info,warn,error" placeholder:"LEVEL" help:"Log from this level on: debug, info, warn or error (${default}, ${env})."`

	Config  configFile  `placeholder:"FILE" help:"Read flags that aren't set otherwise from a JSON file, such as {\"max-rooms\": 7} (${env})."`
	Version cli.Version `env:"-" help:"Print the version and exit."`
}

// groups are the headings of --help.
func groups() []kong.Group {
	return []kong.Group{
		{Key: "everyday", Title: "Everyday:"},
		{Key: "limits", Title: "Limits:", Description: "Defaults that are safe for a server on the internet."},
		{Key: "TLS", Title: "TLS:", Description: "Either --tls-cert and --tls-key, or --domain."},
		{Key: "sign-in", Title: "Sign-in:", Description: "For --auth oidc:ISSUER, with --public-url: users sign in at an OpenID Provider."},
		{Key: "cluster", Title: "Cluster:", Description: "For --journal cluster:DIR or nats://HOST:PORT."},
		{Key: "operator", Title: "Operator:"},
	}
}

// newParser returns the parser of the command line.
func newParser(f *flags, exit func(int)) *kong.Kong {
	vars := kong.Vars{"version": version.String()}
	d := snug.Defaults()
	vars["MessageBurst"] = strconv.Itoa(d.Limits.MessageBurst)
	for field := range reflect.TypeFor[flags]().Fields() {
		if path := field.Tag.Get("option"); path != "" {
			vars[field.Name] = fmt.Sprint(option(&d, path).Interface())
		}
	}
	return kong.Must(f,
		kong.Name("snug-server"),
		kong.Description("Snug: chat rooms that anyone can open by a code. Without flags, it is at http://localhost:8080/ and stores messages in snug.db."),
		kong.DefaultEnvars("SNUG"),
		kong.ExplicitGroups(groups()),
		kong.Exit(exit),
		cli.Values(),
		vars)
}

// hints are what is meant by flags and arguments that other programs have.
func hints() map[string]string {
	return map[string]string{
		"help": "--help", "version": "--version", "start": "no argument at all", "serve": "no argument at all",
		"port": "--addr :PORT", "prot": "--addr :PORT", "host": "--addr HOST:PORT", "listen": "--addr HOST:PORT", "bind": "--addr HOST:PORT",
		"db": "--journal sqlite:FILE", "database": "--journal sqlite:FILE", "data": "--journal sqlite:FILE",
		"cert": "--tls-cert", "key": "--tls-key", "verbose": "--log-level debug", "debug": "--log-level debug",
	}
}

// parse parses a command line, which is the process's arguments and environment.
func parse(args []string) (*flags, *kong.Kong, error) {
	f := new(flags)
	parser := newParser(f, exit)
	if err := checkEmptyVariables(); err != nil {
		return nil, parser, err
	}
	cli.UnsetEmpty()
	if err := cli.CheckEnvironment(); err != nil {
		return nil, parser, err
	}
	known := hints()
	if len(args) > 0 {
		if _, err := strconv.ParseUint(args[0], 10, 16); err == nil {
			known[args[0]] = "--addr :" + args[0]
		}
	}
	ctx, err := cli.Parse(parser, args, known)
	if err == nil {
		err = checkRepeats(ctx)
	}
	return f, parser, err
}

// checkEmptyVariables returns an error for a variable that says whom the server admits, and that is set to nothing, mostly by an
// unset variable of a script. To take it as absent, as others are, would open the server to everyone.
func checkEmptyVariables() error {
	for _, name := range []string{"SNUG_AUTH", "SNUG_AUTH_AUDIENCE", "SNUG_AUTH_ISSUER", "SNUG_OIDC_GROUPS", "SNUG_ADMIN_SECRET_FILE", "SNUG_CONFIG"} {
		if value, there := os.LookupEnv(name); there && value == "" {
			return fmt.Errorf("%s is empty: unset it to let everyone in without a check, or set it to a value", name)
		}
	}
	return nil
}

// checkRepeats returns an error for a flag that is given twice, unless it is a list. The second would silently take the place of the
// first: of a --config, with the --auth that is in it. So would a --config that of $SNUG_CONFIG.
func checkRepeats(ctx *kong.Context) error {
	given := make(map[*kong.Flag]bool)
	for _, at := range ctx.Path {
		flag := at.Flag
		switch {
		case flag == nil || at.Resolved || flag.IsSlice():
			continue
		case given[flag]:
			return fmt.Errorf("--%s is given twice: give it once", flag.Name)
		case flag.Name == "config" && os.Getenv(flag.Envs[0]) != "":
			return fmt.Errorf("--config and $%s name a file each: put everything into one file", flag.Envs[0])
		}
		given[flag] = true
	}
	return nil
}

// option returns the field of o with a path, such as Limits.MaxRooms.
func option(o *snug.Options, path string) reflect.Value {
	field := reflect.ValueOf(o).Elem()
	for name := range strings.SplitSeq(path, ".") {
		field = field.FieldByName(name)
	}
	return field
}

// options returns the server's options: the defaults, and what the flags set.
func (f *flags) options() (snug.Options, error) {
	o := snug.Defaults()
	for tag, flag := range reflect.ValueOf(f).Elem().Fields() {
		if list, ok := reflect.TypeAssert[*[]string](flag.Addr()); ok {
			*list = trimmed(*list)
		}
		if path := tag.Tag.Get("option"); path != "" {
			option(&o, path).Set(flag)
		}
	}
	o.Rooms.NoOwners, o.Limits.Off = f.Owners == "none", f.Limits == "off"
	var err error
	if o.Rooms.Keep, err = snug.ParseKeep(f.Keep); err != nil {
		return o, fmt.Errorf("--keep: %w", err)
	}
	o.Log = f.logger()
	return o, nil
}

// trimmed returns the elements of a list without the spaces around them, and without empty
// elements, such as after a comma at the end.
func trimmed(list []string) (elements []string) {
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			elements = append(elements, s)
		}
	}
	return elements
}

// asFlag names flags in an error about an option.
func asFlag(parser *kong.Kong, err error) error {
	var wrong *snug.OptionError
	if !errors.As(err, &wrong) {
		return err
	}
	flags := make(map[string]*kong.Flag) // by the paths of their options
	for _, flag := range parser.Model.Flags {
		flags[flag.Tag.Get("option")] = flag
	}
	flag := flags[wrong.Option]
	if flag == nil {
		return err
	}
	value := wrong.Value
	if value == "" {
		value = "empty"
	}
	want := optionPath.ReplaceAllStringFunc(wrong.Want, func(path string) string {
		if flag := flags[path]; flag != nil {
			return "--" + flag.Name
		}
		return path
	})
	return fmt.Errorf("--%s (or $%s) is %v: %s", flag.Name, flag.Envs[0], value, want)
}

// optionPath matches the path of a field of a group of options.
var optionPath = regexp.MustCompile(`\b[A-Z]\w*\.[A-Z]\w*`)
