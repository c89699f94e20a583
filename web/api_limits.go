package web

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// limits counts each token's requests in windows of a minute.
type limits struct {
	mu     sync.Mutex
	window int64 // minutes since 1970
	made   map[int64]int
}

func newLimits() *limits { return &limits{made: map[int64]int{}} }

// allow counts a request, unless the token has made perMinute in this minute,
// and says in the headers how many are left (RFC 9110, and the IETF draft
// "RateLimit header fields for HTTP").
func (l *limits) allow(h http.Header, token int64, perMinute int, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w := now.Unix() / 60; w != l.window {
		l.window = w
		clear(l.made)
	}
	ok := l.made[token] < perMinute
	if ok {
		l.made[token]++
	}
	left, wait := perMinute-l.made[token], 60-now.Unix()%60
	h.Set("RateLimit-Policy", fmt.Sprintf(`"minute";q=%d;w=60`, perMinute))
	h.Set("RateLimit", fmt.Sprintf(`"minute";r=%d;t=%d`, left, wait))
	if !ok {
		h.Set("Retry-After", strconv.FormatInt(wait, 10))
	}
	return ok
}
