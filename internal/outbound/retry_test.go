package outbound

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
)

func TestReasonsDoNotTellTheURL(t *testing.T) {
	for _, err := range []error{
		&url.Error{Op: "Post", URL: "https://example.com/s3cret", Err: errors.New("no route")},
		&url.Error{Op: "Post", URL: "https://example.com/s3cret", Err: context.DeadlineExceeded},
	} {
		if got := Reason(err); strings.Contains(got, "s3cret") || got == "" {
			t.Errorf("the reason is %q", got)
		}
	}
}
