package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"holdfast/nightly"
)

// print writes a result to stdout: as JSON when asked, else through words.
func (p *program) print(v any, words func()) error {
	if !p.json {
		words()
		return nil
	}
	e := json.NewEncoder(p.Stdout)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// say writes one line of a result to stdout.
func (p *program) say(format string, args ...any) { fmt.Fprintf(p.Stdout, format+"\n", args...) }

// tell writes one line for the person at the terminal to stderr.
func (p *program) tell(format string, args ...any) {
	if !p.quiet {
		fmt.Fprintf(p.Stderr, format+"\n", args...)
	}
}

// bar returns a function that draws how much of a long work is done, on a
// terminal; elsewhere it draws nothing.
func (p *program) bar(what string) func(done, total int64) {
	if p.host != nil {
		return func(done, total int64) { p.host.said.progress(what, done, total) }
	}
	if !p.terminal() {
		return func(int64, int64) {}
	}
	var mu sync.Mutex
	var last time.Time
	return func(done, total int64) {
		mu.Lock()
		defer mu.Unlock()
		now := p.Now()
		if total <= 0 || (done < total && now.Sub(last) < 100*time.Millisecond) {
			return
		}
		last = now
		const width = 30
		filled := min(int(done*width/total), width)
		fmt.Fprintf(p.Stderr, "\r%s [%s%s] %3d %%", what, strings.Repeat("=", filled), strings.Repeat(" ", width-filled), done*100/total)
		if done >= total {
			fmt.Fprintln(p.Stderr)
		}
	}
}

// progress draws which stage a night is in.
func (a *app) progress(stages int) func(context.Context, nightly.Run) {
	draw := a.p.bar("night")
	return func(ctx context.Context, run nightly.Run) {
		if !a.p.terminal() {
			return
		}
		list, err := a.store.Stages(ctx, run.ID)
		if err != nil {
			return // the next look will tell
		}
		var done int64
		for _, s := range list {
			if !s.Finished.IsZero() {
				done++
			}
		}
		draw(done, int64(stages))
	}
}
