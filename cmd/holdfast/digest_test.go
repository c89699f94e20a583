package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestDigestGoesOutOnce a week to each recipient, by the carrier of e-mail;
// shown it is not sent, and without recipients that is said.
func TestDigestGoesOutOnce(t *testing.T) {
	t.Parallel()
	b := newShop(t, "")
	b.replace(t, `listen: "127.0.0.1:0"`, `listen: "127.0.0.1:0", digest: {recipients: [ann@example.com, ben@example.com]}`)
	b.replace(t, "\nchurn:", "\nchannels: {folder: "+b.path("outbox")+"}\nchurn:")
	monday := time.Date(2026, 3, 9, 7, 0, 0, 0, time.UTC)
	now := func() time.Time { return monday }
	run := func(args ...string) result {
		return holdfast(t, now, b.env, "", append([]string{"--config", b.path("holdfast.yaml")}, args...)...)
	}
	outbox := func(want int) {
		t.Helper()
		files, err := filepath.Glob(filepath.Join(b.path("outbox"), "*"))
		if err != nil || len(files) != want {
			t.Errorf("the outbox has %v, %v; want %d files", files, err, want)
		}
	}
	if r := run("digest"); r.code != 0 || !strings.Contains(r.stdout, "week 2026-W11") {
		t.Fatalf("shown: %+v", r)
	}
	outbox(0)
	for _, c := range []struct {
		says  string
		files int
	}{{"sent to 2 of 2", 2}, {"sent to 0 of 2", 2}} {
		if r := run("digest", "--send"); r.code != 0 || !strings.Contains(r.stdout, c.says) {
			t.Errorf("%s: %+v", c.says, r)
		}
		outbox(c.files)
	}
	monday = monday.AddDate(0, 0, 7)
	if r := run("digest", "--send"); r.code != 0 || !strings.Contains(r.stdout, "sent to 2 of 2") {
		t.Errorf("the next week: %+v", r)
	}
	outbox(4)
	none := newShop(t, "")
	if r := holdfast(t, now, none.env, "", "--config", none.path("holdfast.yaml"), "digest", "--send"); r.code != 2 || !strings.Contains(r.stderr, "names nobody") {
		t.Errorf("to nobody: %+v", r)
	}
}
