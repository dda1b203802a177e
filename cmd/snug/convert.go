package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"snug/internal/convert"
	"snug/internal/text"
)

// convertCmd holds the commands that convert what other chats export.
type convertCmd struct {
	Slack      convertSlack      `cmd:"" help:"Convert the export of a Slack workspace."`
	Mattermost convertMattermost `cmd:"" help:"Convert the bulk export of a Mattermost server."`
	IRC        convertIRC        `cmd:"" name:"irc" help:"Convert logs of IRC clients: WeeChat, irssi, ZNC."`
}

// Help is shown by snug convert --help.
func (convertCmd) Help() string {
	return `Each channel becomes a file, named after the channel, for the operator of a server to import into a room. Messages keep their author's nick and their time. To bring what was said since, convert a later export and import that, too: it adds only what is new.

Examples:

  snug convert slack export.zip --to moved
  snug admin rooms import general moved/general.jsonl`
}

// converting is what the commands have in common.
type converting struct {
	To         string `required:"" placeholder:"DIR" help:"The directory to make for the files, which must not exist."`
	MaxContent int    `default:"4000" placeholder:"N" help:"The server's --max-content: messages with more characters become several (${default})."`
}

// run has read fill a collector, writes the files, and says which there are.
func (c *converting) run(ctx context.Context, std *streams, channels []string, read func(*convert.Collector) (remarks func() []string, err error)) error {
	const least, most = 100, 100_000
	if c.MaxContent < least || c.MaxContent > most {
		return fmt.Errorf("--max-content is %d: it is %d to %d", c.MaxContent, least, most)
	}
	var files []convert.Written
	err := writeNewDirectory(c.To, func(directory string) (err error) {
		all, err := convert.NewCollector(ctx, directory, convert.Options{MaxChars: c.MaxContent, Channels: channels})
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, all.Close()) }()
		remarks, err := read(all)
		if err != nil {
			return err
		}
		if files, err = all.Write(directory); err != nil {
			return err
		}
		for _, remark := range remarks() {
			std.say("%s", remark)
		}
		if len(files) == 0 {
			return errors.New("there are no messages to convert")
		}
		return nil
	})
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprint(w, "FILE\tCHANNEL\tMESSAGES\tCHANGES\n") // Flush tells
	for _, f := range files {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%d\t%d\n", text.Line(filepath.Join(c.To, f.File)), text.Line(f.Channel), f.Messages, f.Changes)
	}
	if err := w.Flush(); err != nil {
		return writeError(err)
	}
	return nil
}

// openExport opens a file. The archive is nil if it is no zip archive. The caller closes the file.
func openExport(name string) (*os.File, *zip.Reader, error) {
	file, err := openRegular(name)
	if err != nil {
		return nil, nil, err
	}
	archive, err := openZip(file)
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return file, archive, nil
}

// openZip reads the directory of a zip archive. It is nil for other files.
func openZip(file *os.File) (*zip.Reader, error) {
	begin := make([]byte, 4)
	if n, err := file.ReadAt(begin, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	} else if !bytes.HasPrefix(begin[:n], []byte("PK")) {
		return nil, nil //nolint:nilnil // as it says
	}
	about, err := file.Stat()
	if err != nil {
		return nil, err
	}
	archive, err := zip.NewReader(file, about.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file.Name(), err)
	}
	return archive, nil
}

type convertSlack struct {
	converting

	Export  string   `arg:"" name:"export" help:"The export: its zip archive, or the directory into which that was unpacked."`
	Channel []string `placeholder:"NAME" help:"Convert only this channel. It can be repeated."`
}

// Help is shown by snug convert slack --help.
func (convertSlack) Help() string {
	return `The command converts public channels, and private ones if the export has them, with threads as replies, edits and reactions. Slack's markup becomes Markdown. Files become links to Slack, which asks those who follow them to sign in there. Left out are direct messages, and what Slack itself says of joins, topics and the like.

Examples:

  snug convert slack export.zip --to moved
  snug convert slack export.zip --to moved --channel general --channel ops`
}

// Run converts the export.
func (c *convertSlack) Run(ctx context.Context, std *streams) (err error) {
	if about, err := os.Stat(c.Export); err == nil && about.IsDir() {
		return c.convert(ctx, std, os.DirFS(c.Export))
	}
	file, archive, err := openExport(c.Export)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if archive == nil {
		return fmt.Errorf("%s is neither a zip archive nor a directory", c.Export)
	}
	return c.convert(ctx, std, archive)
}

func (c *convertSlack) convert(ctx context.Context, std *streams, files fs.FS) error {
	return c.run(ctx, std, c.Channel, func(all *convert.Collector) (func() []string, error) {
		return all.Remarks, convert.Slack(all, files)
	})
}

type convertMattermost struct {
	converting

	Export  string   `arg:"" name:"export" help:"The export: a file in JSON Lines, or the zip archive with it."`
	Channel []string `placeholder:"NAME" help:"Convert only this channel. It can be repeated."`
}

// Help is shown by snug convert mattermost --help.
func (convertMattermost) Help() string {
	return `The command converts the posts of channels with their replies, edits and reactions. Of files there are the names. Left out are direct messages, and what Mattermost itself says of joins, topics and the like.

Examples:

  mmctl export create && mmctl export list
  mmctl export download EXPORT.zip
  snug convert mattermost EXPORT.zip --to moved`
}

// Run converts the export.
func (c *convertMattermost) Run(ctx context.Context, std *streams) (err error) {
	file, archive, err := openExport(c.Export)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	name, lines := c.Export, io.ReadCloser(file)
	if archive != nil {
		if name, lines, err = linesIn(archive); err != nil {
			return fmt.Errorf("%s: %w", c.Export, err)
		}
		defer func() { err = errors.Join(err, lines.Close()) }()
	}
	return c.run(ctx, std, c.Channel, func(all *convert.Collector) (func() []string, error) {
		return all.Remarks, convert.Mattermost(all, name, lines)
	})
}

// linesIn opens the only file in JSON Lines at the root of an archive.
func linesIn(archive *zip.Reader) (name string, in io.ReadCloser, err error) {
	var found []*zip.File
	for _, f := range archive.File {
		if path.Ext(f.Name) == ".jsonl" && path.Dir(f.Name) == "." {
			found = append(found, f)
		}
	}
	if len(found) != 1 {
		return "", nil, fmt.Errorf("it is no bulk export of Mattermost: that has one .jsonl file, and here are %d", len(found))
	}
	in, err = found[0].Open()
	return found[0].Name, in, err
}

type convertIRC struct {
	converting

	Files   []string `arg:"" name:"file" help:"The logs. Their names say which channel they are of, and in ZNC's format also the day."`
	Zone    string   `required:"" placeholder:"ZONE" help:"The time zone of the logs, such as Europe/Berlin, UTC, or Local for that of this machine."`
	Network string   `placeholder:"NAME" help:"The name of the network, where the names of WeeChat's files don't say it. It tells channels of the same name apart."`
	Channel string   `placeholder:"NAME" help:"The channel, if the names of the files don't say it. All files are logs of it."`
}

// Help is shown by snug convert irc --help.
func (convertIRC) Help() string {
	return `The command finds the format of each file:

  WeeChat  irc.libera.#snug.weechatlog      2026-03-01 12:30:05<Tab>@ada<Tab>hello
  irssi    #snug.log                        12:30 <@ada> hello
  ZNC      #snug/2026-03-01.log             [12:30:05] <ada> hello

irssi's lines "--- Log opened" and "--- Day changed" say which day it is, with English names of months. ZNC's format is also that of energymech; its file names may end in the date in other ways, such as _20260301.log. Left out are joins, notices and all else that nobody has said. Colours and the like are dropped. Lines that aren't UTF-8 are read as Windows-1252.

Examples:

  snug convert irc ~/irclogs/libera/*.log --zone Europe/Berlin --to moved
  snug convert irc ~/.znc/users/ada/networks/libera/moddata/log/*/*.log --zone UTC --network libera --to moved`
}

// Run converts the logs.
func (c *convertIRC) Run(ctx context.Context, std *streams) error {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return fmt.Errorf("--zone: %w", err)
	}
	names := slices.Clone(c.Files)
	slices.Sort(names)
	return c.run(ctx, std, nil, func(all *convert.Collector) (func() []string, error) {
		logs := convert.NewIRC(all, zone, c.Network, c.Channel)
		for _, name := range slices.Compact(names) {
			file, err := openRegular(name)
			if err != nil {
				return nil, err
			}
			if err := errors.Join(logs.File(filepath.ToSlash(name), file), file.Close()); err != nil {
				return nil, err
			}
		}
		return logs.Remarks, nil
	})
}
