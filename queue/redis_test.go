package queue_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"holdfast/internal/fault"
	"holdfast/queue"
)

func client(t *testing.T, r *queue.Redis) redis.UniversalClient {
	t.Helper()
	c, ok := r.MakeRedisClient().(redis.UniversalClient)
	if !ok {
		t.Fatalf("asynq cannot use a %T", r.MakeRedisClient())
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestClientsShareOneRedisAndFlushForgets(t *testing.T) {
	eachRedis(t, func(t *testing.T, r *queue.Redis) {
		a, b := client(t, r), client(t, r)
		if err := a.Set(t.Context(), "k", "v", 0).Err(); err != nil {
			t.Fatal(err)
		}
		if got, err := b.Get(t.Context(), "k").Result(); got != "v" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		if err := r.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n, err := b.DBSize(t.Context()).Result(); n != 0 || err != nil {
			t.Errorf("%d keys after flush, %v", n, err)
		}
	})
}

func TestTwoEmbeddedRedisAreApart(t *testing.T) {
	t.Parallel()
	a := client(t, openRedis(t, queue.RedisConfig{}))
	b := client(t, openRedis(t, queue.RedisConfig{}))
	if err := a.Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if n, err := b.Exists(t.Context(), "k").Result(); n != 0 || err != nil {
		t.Errorf("exists %d, %v", n, err)
	}
}

// Without a clock of its own, a key with a second to live would live for ever.
func TestKeysExpireInTheEmbeddedRedis(t *testing.T) {
	t.Parallel()
	r := openRedis(t, queue.RedisConfig{})
	c := client(t, r)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	ended := make(chan struct{})
	go func() { defer close(ended); r.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	if err := c.Set(ctx, "k", "v", 1500*time.Millisecond).Err(); err != nil {
		t.Fatal(err)
	}
	if n := c.Exists(ctx, "k").Val(); n != 1 {
		t.Error("the key is gone at once")
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for c.Exists(ctx, "k").Val() == 1 {
		select {
		case <-ctx.Done():
			t.Fatal("the key never expires")
		case <-tick.C:
		}
	}
}

func TestCheck(t *testing.T) {
	eachRedis(t, func(t *testing.T, r *queue.Redis) {
		if warning, err := r.Check(t.Context()); warning != "" || err != nil {
			t.Errorf("warning %q, error %v; want neither", warning, err)
		}
	})
}

func TestCheckNamesTheServerThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	for want, cfg := range map[string]queue.RedisConfig{
		`Redis at 127.0.0.1:1 does not answer: check that it runs and that redis.addr is right: `: {Addr: "127.0.0.1:1"},
		`Redis "main" behind Sentinels 127.0.0.1:1, 127.0.0.1:2 does not answer: `: {
			Sentinels: []string{"127.0.0.1:1", "127.0.0.1:2"}, Master: "main",
		},
	} {
		for name, ask := range map[string]func(context.Context, *queue.Redis) error{
			want:                               func(ctx context.Context, r *queue.Redis) error { _, err := r.Check(ctx); return err },
			"flush " + want[:len("Redis at ")]: func(ctx context.Context, r *queue.Redis) error { return r.Flush(ctx) },
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				err := ask(t.Context(), openRedis(t, cfg))
				if fault.Of(err) != fault.Unavailable || !strings.HasPrefix(err.Error(), name) {
					t.Errorf("error %v, want unavailable and %q", err, name)
				}
			})
		}
	}
}

func TestCheckWarnsOfEviction(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		"*2\r\n$16\r\nmaxmemory-policy\r\n$10\r\nnoeviction\r\n":  "",
		"*2\r\n$16\r\nmaxmemory-policy\r\n$11\r\nallkeys-lru\r\n": "has maxmemory-policy allkeys-lru: set it to noeviction, or jobs will be late when its memory is short",
		"-ERR unknown command 'CONFIG'\r\n":                       "does not tell its maxmemory-policy (ERR unknown command 'CONFIG'): make sure that it is noeviction",
	} {
		r := openRedis(t, queue.RedisConfig{Addr: fakeServer(t, answer)})
		warning, err := r.Check(t.Context())
		if err != nil || !strings.HasSuffix(warning, want) || (want == "") != (warning == "") {
			t.Errorf("warning %q, error %v; want %q", warning, err, want)
		}
	}
}

// fakeServer speaks just enough of the Redis protocol to be asked for its
// maxmemory-policy, and returns its address.
func fakeServer(t *testing.T, policy string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go answer(c, policy)
		}
	}()
	return l.Addr().String()
}

// answer reads commands, arrays of strings, until the client hangs up.
func answer(c net.Conn, policy string) {
	defer c.Close() //nolint:errcheck // the test is over
	for {
		var n int
		if _, err := fmt.Fscanf(c, "*%d\r\n", &n); err != nil {
			return
		}
		words := make([]string, n)
		for i := range words {
			var size int
			if _, err := fmt.Fscanf(c, "$%d\r\n", &size); err != nil {
				return
			}
			body := make([]byte, size+2)
			if _, err := io.ReadFull(c, body); err != nil {
				return
			}
			words[i] = strings.ToLower(string(body[:size]))
		}
		reply := "-ERR unknown command\r\n" // to HELLO and CLIENT, as an old server would
		switch words[0] {
		case "ping":
			reply = "+PONG\r\n"
		case "config":
			reply = policy
		}
		if _, err := io.WriteString(c, reply); err != nil {
			return
		}
	}
}
