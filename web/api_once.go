package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
)

const (
	maxKey     = 200            // bytes of an idempotency key
	answerLife = 24 * time.Hour // that an answer is kept
)

// keptHeaders are those of an answer that its repetition has again.
var keptHeaders = []string{"Content-Type", "Etag", "Location"}

// once answers a write whose key was answered before as it was then. Between
// the effect and its answer being kept a crash may fall: the request is then
// done again, which every write of ours bears (a lease has a fence, a row of a
// feed an identity), so that its effect is still there once.
func (a *api) once(w http.ResponseWriter, r *http.Request, token int64, next http.Handler) {
	key := r.Header.Get("Idempotency-Key")
	if key == "" || r.Method != http.MethodPost {
		next.ServeHTTP(w, r)
		return
	}
	if len(key) > maxKey {
		a.problem(w, http.StatusBadRequest, fmt.Sprintf("The idempotency key is longer than %d bytes: shorten it.", maxKey))
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		a.refuse(w, &callOf(r.Context()).request, fault.As(fault.Invalid, fmt.Errorf("read the request: %w", err)))
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	sum := sha256.Sum256([]byte(r.Method + "\n" + r.URL.RequestURI() + "\n" + r.Header.Get("If-Match") + "\n" + string(body)))
	request, name := hex.EncodeToString(sum[:]), strconv.FormatInt(token, 10)+" "+key
	if !a.busy.begin(name) {
		a.problem(w, http.StatusConflict, "A request with this idempotency key is being worked on: ask again in a moment.")
		return
	}
	defer a.busy.end(name)
	before, err := a.Answers.Answer(r.Context(), token, key)
	switch {
	case err == nil && before.Request != request:
		a.problem(w, http.StatusUnprocessableEntity, "This idempotency key came with another request before: use a new one.")
	case err == nil:
		repeat(w, before)
	case fault.Of(err) != fault.NotFound:
		a.refuse(w, &callOf(r.Context()).request, err)
	default:
		a.answer(w, r, token, key, request, next)
	}
}

// answer does the work and keeps what is said, unless that is that we failed.
func (a *api) answer(w http.ResponseWriter, r *http.Request, token int64, key, request string, next http.Handler) {
	rec := &recorder{header: http.Header{}, status: http.StatusOK}
	next.ServeHTTP(rec, r)
	said := access.Answer{Request: request, Status: rec.status, Header: map[string]string{}, Body: rec.body.Bytes(), At: a.Now()}
	for _, name := range keptHeaders {
		if v := rec.header.Get(name); v != "" {
			said.Header[name] = v
		}
	}
	if rec.status < http.StatusInternalServerError {
		ctx := context.WithoutCancel(r.Context()) // the effect is there: its answer must be too
		if err := a.Answers.KeepAnswer(ctx, token, key, said, said.At.Add(-answerLife)); err != nil {
			a.refuse(w, &callOf(r.Context()).request, fmt.Errorf("keep the answer: %w", err))
			return
		}
	}
	maps.Copy(w.Header(), rec.header)
	write(w, said)
}

func repeat(w http.ResponseWriter, s access.Answer) {
	for name, v := range s.Header {
		w.Header().Set(name, v)
	}
	w.Header().Set("Idempotent-Replayed", "true")
	write(w, s)
}

func write(w http.ResponseWriter, s access.Answer) {
	w.WriteHeader(s.Status)
	_, _ = w.Write(s.Body) // who asked has gone: asked again, it is there
}

// recorder takes an answer in before it is sent.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(code int)        { r.status = code }
func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }

// busy is the keys that are being worked on in this process.
type busy struct {
	mu   sync.Mutex
	keys map[string]bool
}

func newBusy() *busy { return &busy{keys: map[string]bool{}} }

func (b *busy) begin(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.keys[key] {
		return false
	}
	b.keys[key] = true
	return true
}

func (b *busy) end(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.keys, key)
}
