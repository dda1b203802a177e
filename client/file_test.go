package client_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"snug"
	"snug/client"
	"snug/protocol"
)

func TestFilesAreUploadedSentAndDownloaded(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:", func(o *snug.Options) { o.Files.MaxSize = 1000 })
	ann, reader := join(t, s.Addr, client.Options{Nick: "ann"}), startReading(t, s.Addr, client.Options{})
	if n := ann.Limits().FileBytes; n != 1000 {
		t.Errorf("the limit is %d bytes", n)
	}
	f, err := ann.Upload(t.Context(), "Grüße & 100%.txt", strings.NewReader("hello"))
	if err != nil || f.Name != "Grüße & 100%.txt" || f.Size != 5 || f.Type != "text/plain" {
		t.Fatalf("%+v, %v", f, err)
	}
	f.Alt = "a word"
	m := client.Message{ID: "m", Files: []protocol.File{f}}
	seq, err := ann.Send(t.Context(), m)
	if again, err2 := ann.Send(t.Context(), m); err != nil || err2 != nil || seq != again {
		t.Errorf("sent as %d, %d; %v, %v", seq, again, err, err2)
	}
	var fold client.Fold
	for e, err := range reader.Events(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		event, ok := e.(*protocol.Event)
		if !ok || event.Seq != seq {
			continue
		}
		line := fold.Apply(event)
		if line.Content != "" || len(line.Files) != 1 || line.Files[0] != f {
			t.Errorf("the line is %+v", line)
		}
		break
	}
	var got bytes.Buffer
	if err := reader.Download(t.Context(), f, &got); err != nil || got.String() != "hello" {
		t.Errorf("got %q, %v", &got, err)
	}
	resp, err := http.Get(ann.FileURL(f))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if raw, err := io.ReadAll(resp.Body); err != nil || string(raw) != "hello" {
		t.Errorf("%s has %q, %v", ann.FileURL(f), raw, err)
	}
	if _, err := ann.Upload(t.Context(), "large", strings.NewReader(strings.Repeat("x", 1001))); !code(protocol.TooLong)(err) {
		t.Errorf("too large: %v", err)
	}
	if _, err := ann.Send(t.Context(), client.Message{Files: []protocol.File{f}}); !code(protocol.NotFound)(err) {
		t.Errorf("the file in another message: %v", err)
	}
	if err := ann.Delete(t.Context(), seq); err != nil {
		t.Fatal(err)
	}
	var refused *protocol.Error
	if err := ann.Download(t.Context(), f, io.Discard); !errors.As(err, &refused) || refused.Code != protocol.NotFound {
		t.Errorf("of an erased message: %v", err)
	}
}

func TestTransfersOfFilesEndWithTheRoom(t *testing.T) {
	t.Parallel()
	s := startServer(t, "memory:")
	ann := join(t, s.Addr, client.Options{Nick: "ann"})
	f, err := ann.Upload(t.Context(), "a.txt", strings.NewReader("hello"))
	if err != nil {
		t.Fatal(err)
	}
	in, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		_, err := ann.Upload(t.Context(), "slow.txt", in)
		ended <- err
	}()
	if _, err := io.WriteString(out, "hello"); err != nil { // it is under way
		t.Fatal(err)
	}
	if err := ann.Close(); err != nil {
		t.Error(err)
	}
	_ = out.Close() // never fails
	if err := <-ended; !errors.Is(err, client.ErrClosed) {
		t.Errorf("an upload that was under way: %v", err)
	}
	if _, err := ann.Upload(t.Context(), "late.txt", strings.NewReader("hello")); !errors.Is(err, client.ErrClosed) {
		t.Errorf("an upload afterwards: %v", err)
	}
	if err := ann.Download(t.Context(), f, io.Discard); !errors.Is(err, client.ErrClosed) {
		t.Errorf("a download afterwards: %v", err)
	}
}

func TestTheTextOfAMessageWithFilesCanBeTakenAway(t *testing.T) {
	t.Parallel()
	for _, journal := range []string{"memory:", "sqlite:"} {
		s := startServer(t, journal)
		ann := join(t, s.Addr, client.Options{})
		f, err := ann.Upload(t.Context(), "a.txt", strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		seq, err := ann.Send(t.Context(), client.Message{Content: "a caption", Files: []protocol.File{f}})
		if err != nil {
			t.Fatal(err)
		}
		edit := protocol.Command{Type: protocol.CommandEdit, ID: "e", Seq: seq}
		edited, err := ann.Do(t.Context(), edit)
		if again, err2 := ann.Do(t.Context(), edit); err != nil || err2 != nil || edited != again {
			t.Errorf("%s: edited by %d, and in the repeat by %d; %v, %v", journal, edited, again, err, err2)
		}
		var fold client.Fold
		// stored reads the room, and returns the edit.
		stored := func() (body protocol.EditedBody) {
			t.Helper()
			page, err := ann.History(t.Context(), client.Page{})
			if err != nil {
				t.Fatal(err)
			}
			for i := range page.Events {
				e := &page.Events[i]
				fold.Apply(e)
				if e.Seq != edited {
					continue
				}
				if body, err = e.Edited(); err != nil {
					t.Errorf("%s: the edit: %v", journal, err)
				}
			}
			return body
		}
		if body := stored(); body.Erased || body.Content != "" {
			t.Errorf("%s: the edit is %+v", journal, body)
		}
		for line := range fold.Lines() {
			if line.Content != "" || !line.Edited || len(line.Files) != 1 {
				t.Errorf("%s: the line is %+v", journal, line)
			}
		}
		if err := ann.Delete(t.Context(), seq); err != nil {
			t.Fatal(err)
		}
		if _, err := ann.Do(t.Context(), protocol.Command{Type: protocol.CommandEdit, ID: "late", Seq: seq}); !code(protocol.NotFound)(err) {
			t.Errorf("%s: an edit of the erased message: %v", journal, err)
		}
		if body := stored(); !body.Erased {
			t.Errorf("%s: the edit of the erased message is %+v", journal, body)
		}
	}
}
