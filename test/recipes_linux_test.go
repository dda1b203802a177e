package test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// recipes is a site whose room room1 has messages, a member and a hook, for the commands in
// the docs.
type recipes struct {
	t    *testing.T
	site *site
	room line     // reads along
	hook string   // its URL
	dir  string   // where the commands run
	env  []string // with HOOK, and SEAT after a join
}

func newRecipes(t *testing.T) *recipes {
	t.Helper()
	needs(t, "curl", "the commands in the docs")
	if out, err := exec.Command("curl", "--json", "{}", "--version").CombinedOutput(); err != nil {
		t.Skipf("NOT TESTED: the commands in the docs: this curl has no --json: %s", out)
	}
	r := &recipes{t: t, site: newSite(t, "--message-rate=0"), dir: t.TempDir()}
	r.site.start()
	ctx := within(t)
	l, err := r.site.dial(ctx, "room1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.cut)
	r.room = l
	send := func(command fields) {
		t.Helper()
		if err := l.send(ctx, command); err != nil {
			t.Fatal(err)
		}
	}
	send(fields{"type": "join", "nick": "olga", "claim": false})
	if _, err := l.await(ctx, "welcome"); err != nil {
		t.Fatal(err)
	}
	for i := range 45 { // the docs refer to messages 1 and 41
		send(fields{"type": "send", "id": fmt.Sprint(i), "content": contents})
	}
	r.env = environment("SNUG_SERVER=http://"+r.site.address(), "XDG_CONFIG_HOME="+r.site.config("ann"), "CURL_HOME="+r.dir,
		"PATH="+filepath.Dir(snugProgram)+":"+os.Getenv("PATH"))
	r.write(".curlrc", "silent\nshow-error\nwrite-out = \"\\nstatus %{http_code}\"\n") // also where a command has no -f
	r.hook = strings.TrimSpace(r.shell("snug hook room1 --name Setup"))
	r.site.secret(filepath.Base(r.hook))
	r.env = append(r.env, "HOOK="+r.hook)
	return r
}

// write writes a file where the commands run, and returns its path.
func (r *recipes) write(name, text string) (path string) {
	r.t.Helper()
	path = filepath.Join(r.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		r.t.Fatal(err)
	}
	return path
}

// shell runs a command of the docs, at this site, and returns what it prints.
func (r *recipes) shell(line string) string {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	cmd := r.command(ctx, line)
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Errorf("%s: %v\n%s", line, err, out)
	}
	if _, status, ok := strings.Cut(string(out), "\nstatus "); ok && !strings.HasPrefix(status, "2") {
		r.t.Errorf("%s: %s", line, out)
	}
	return string(out)
}

// command returns a shell that carries out a line of the docs, and dies with all that it
// has started when ctx ends.
func (r *recipes) command(ctx context.Context, line string) *exec.Cmd {
	line = strings.NewReplacer("http://localhost:8080", "http://"+r.site.address(), "https://chat.example/hooks/SECRET", r.hook).Replace(line)
	cmd := exec.CommandContext(ctx, "sh", "-c", line)
	cmd.Dir, cmd.Env = r.dir, r.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = patience
	return cmd
}

// streams runs a command that prints a stream, until it has begun. The seat in its welcome
// is the SEAT of the commands after it.
func (r *recipes) streams(line string) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	cmd := r.command(ctx, line)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		r.t.Fatal(err)
	}
	for in := bufio.NewScanner(out); ; {
		if !in.Scan() {
			r.t.Errorf("%s: the stream has not begun", line)
			break
		}
		if data, ok := strings.CutPrefix(in.Text(), `data: {"type":"welcome",`); ok {
			if _, seat, ok := strings.Cut(data, `"seat":"`); ok {
				seat, _, _ = strings.Cut(seat, `"`)
				r.env = append(r.env, "SEAT="+seat)
				r.site.secret(seat)
			}
			break
		}
	}
	cancel()
	_ = cmd.Wait() // it was killed
}

// hears waits for a message that begins with prefix, by nick.
func (r *recipes) hears(nick, prefix string) {
	r.t.Helper()
	ctx := within(r.t)
	for {
		m, err := r.room.await(ctx, "message")
		if err != nil {
			r.t.Fatalf("no message %q by %s: %v", prefix, nick, err)
		}
		if m.From.Nick == nick && strings.HasPrefix(m.Content, prefix) {
			return
		}
	}
}

// blocks returns the fenced blocks of a file in docs that are in a language.
func blocks(t *testing.T, file, language string) (found []string) {
	t.Helper()
	fenced := regexp.MustCompile("(?ms)^```" + language + "\n(.*?)^```")
	for _, m := range fenced.FindAllStringSubmatch(read(t, os.DirFS("../docs"), file), -1) {
		found = append(found, m[1])
	}
	if found == nil {
		t.Fatalf("docs/%s has no %s", file, language)
	}
	return found
}

// recipe returns the block of docs/recipes.md that contains a text.
func recipe(t *testing.T, language, text string) string {
	t.Helper()
	all := blocks(t, "recipes.md", language)
	i := slices.IndexFunc(all, func(block string) bool { return strings.Contains(block, text) })
	if i < 0 {
		t.Fatalf("no %s of docs/recipes.md has %q", language, text)
	}
	return all[i]
}

func TestTheCommandsInTheDocsWork(t *testing.T) {
	t.Parallel()
	r := newRecipes(t)
	lines := regexp.MustCompile(`(?m)^    curl .*`).FindAllString(read(t, os.DirFS(".."), "README.md"), -1)
	for _, block := range slices.Concat(blocks(t, "http.md", "sh"), blocks(t, "recipes.md", "sh")) {
		lines = append(lines, strings.Split(strings.TrimSpace(block), "\n")...)
	}
	for _, name := range []string{"screenshot.png", "plot.png"} {
		r.write(name, "\x89PNG\r\n\x1a\n")
	}
	if len(lines) < 15 {
		t.Errorf("there are only %d commands", len(lines))
	}
	for _, line := range lines {
		if strings.Contains(line, "curl -N") {
			r.streams(line)
		} else {
			r.shell(line)
		}
	}
}

func TestTheRecipeForCron(t *testing.T) {
	t.Parallel()
	r := newRecipes(t)
	_, line, _ := strings.Cut(recipe(t, "cron", "* * *"), "* * * ")
	if strings.Contains(strings.ReplaceAll(line, `\%`, ""), "%") {
		t.Error("cron would end the command at a %")
	}
	failing := r.write("backup", "#!/bin/sh\necho no space left\nexit 1\n")
	r.shell(strings.Replace(line, "/usr/local/bin/backup", failing, 1))
	r.hears("Setup", "**backup failed** on ")
}

func TestTheRecipeForSystemd(t *testing.T) {
	t.Parallel()
	unit := recipe(t, "ini", "[Service]")
	r := newRecipes(t)
	_, line, _ := strings.Cut(unit, "ExecStart=/bin/sh -c '")
	r.env = append(r.env, "INVOCATION_ID=8e1f")
	line = strings.NewReplacer("%i", "backup.service", "%H", "db1", "$$", "$").Replace(strings.TrimSuffix(strings.TrimSpace(line), "'"))
	r.shell(line)
	r.hears("Setup", "**backup.service failed** on db1")

	program := needs(t, "systemd-analyze", "the syntax of the unit in docs/recipes.md")
	file := filepath.Join(r.dir, "tell@backup.service")
	if err := os.WriteFile(file, []byte(unit), 0o600); err != nil {
		t.Fatal(err)
	}
	// What is printed may be about other units of the machine.
	if out, err := exec.Command(program, "verify", "--man=no", file).CombinedOutput(); strings.Contains(string(out), "tell@") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestTheRecipeForGitHubActions(t *testing.T) {
	t.Parallel()
	r := newRecipes(t)
	_, line, _ := strings.Cut(recipe(t, "yaml", "GITHUB_WORKFLOW"), "run: ")
	r.env = append(r.env, "GITHUB_WORKFLOW=CI", "GITHUB_REF_NAME=main", "GITHUB_SERVER_URL=https://github.com", "GITHUB_REPOSITORY=a/b", "GITHUB_RUN_ID=7", "GITHUB_RUN_ATTEMPT=1", "GITHUB_JOB=build")
	r.shell(line)
	r.hears("Setup", "**CI failed** on main, https://github.com/a/b/actions/runs/7")
}

func TestTheRecipeForAlertmanager(t *testing.T) {
	t.Parallel()
	program := needs(t, "amtool", "the configuration of Alertmanager in docs/recipes.md")
	file := filepath.Join(t.TempDir(), "alertmanager.yml")
	if err := os.WriteFile(file, []byte(recipe(t, "yaml", "webhook_configs")), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(program, "check-config", file).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
