package convert

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write what the conversions return into testdata")

// converted runs a conversion, and returns its files and remarks as one text.
func converted(t *testing.T, o Options, run func(*Collector) (remarks func() []string, err error)) string {
	t.Helper()
	directory := t.TempDir()
	if o.MaxChars == 0 {
		o.MaxChars = 4000
	}
	c, err := NewCollector(t.Context(), t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}()
	remarks, err := run(c)
	if err != nil {
		t.Fatal(err)
	}
	files, err := c.Write(directory)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, f := range files {
		content, err := os.ReadFile(filepath.Join(directory, f.File))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "-- %s: %s, %d messages, %d changes --\n%s", f.File, f.Channel, f.Messages, f.Changes, content)
	}
	b.WriteString("-- remarks --\n")
	for _, r := range remarks() {
		b.WriteString(r + "\n")
	}
	return b.String()
}

func slackSample(directory string) func(*Collector) (func() []string, error) {
	return func(c *Collector) (func() []string, error) { return c.Remarks, Slack(c, os.DirFS(directory)) }
}

func mattermostSample(lines string) func(*Collector) (func() []string, error) {
	return func(c *Collector) (func() []string, error) {
		return c.Remarks, Mattermost(c, "import.jsonl", strings.NewReader(lines))
	}
}

func ircSample(zone string, names ...string) func(*Collector) (func() []string, error) {
	return func(c *Collector) (func() []string, error) {
		location, err := time.LoadLocation(zone)
		if err != nil {
			return nil, err
		}
		logs := NewIRC(c, location, "", "")
		for _, name := range names {
			content, err := os.ReadFile(filepath.Join("testdata/irc", name))
			if err == nil {
				err = logs.File(name, strings.NewReader(string(content)))
			}
			if err != nil {
				return nil, err
			}
		}
		return logs.Remarks, nil
	}
}

func readSample(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestGolden compares what becomes of sample exports with files that people have read.
func TestGolden(t *testing.T) {
	for name, run := range map[string]func(*Collector) (func() []string, error){
		"slack":      slackSample("testdata/slack"),
		"mattermost": mattermostSample(readSample(t, "mattermost.jsonl")),
		"weechat":    ircSample("Europe/Berlin", "irc.libera.#snug.weechatlog"),
		"irssi":      ircSample("Europe/Berlin", "#ops.log"),
		"znc":        ircSample("UTC", "znc/#snug/2024-03-01.log", "znc/#snug/2024-03-02.log"),
	} {
		t.Run(name, func(t *testing.T) {
			got := converted(t, Options{}, run)
			if again := converted(t, Options{}, run); again != got {
				t.Error("the second conversion differs from the first")
			}
			file := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(readSample(t, name+".golden"), got); diff != "" {
				t.Errorf("unlike %s (-want +got):\n%s", file, diff)
			}
		})
	}
}
