package queue

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"holdfast/internal/fault"
)

// RedisConfig says which Redis carries the jobs. Without an address and
// without Sentinels it is the embedded one.
type RedisConfig struct {
	Addr      string   `yaml:"addr"`      // host:port of a single Redis
	Sentinels []string `yaml:"sentinels"` // host:port of each Sentinel
	Master    string   `yaml:"master"`    // the name the Sentinels know the Redis by
	Username  string   `yaml:"username"`
	Password  string   `yaml:"-"` // from the environment
	DB        int      `yaml:"db"`
	TLS       bool     `yaml:"tls"`
}

// Embedded reports whether the in-process Redis is meant.
func (c RedisConfig) Embedded() bool { return c.Addr == "" && len(c.Sentinels) == 0 }

// Validate refuses a configuration that names no Redis or two.
func (c RedisConfig) Validate() error {
	switch {
	case c.Addr != "" && len(c.Sentinels) > 0:
		return fault.New(fault.Invalid, "redis has both an addr and sentinels: give one of them")
	case len(c.Sentinels) > 0 && c.Master == "":
		return fault.New(fault.Invalid, "redis has sentinels but no master: give the name the Sentinels know it by")
	case c.DB < 0:
		return fault.New(fault.Invalid, "redis.db is %d: give 0 or more", c.DB)
	case c.Embedded():
		return nil
	}
	for _, a := range append(c.Sentinels[:len(c.Sentinels):len(c.Sentinels)], c.Addr) {
		if _, _, err := net.SplitHostPort(a); a != "" && err != nil {
			return fault.New(fault.Invalid, "redis address %q: give host:port, such as localhost:6379", a)
		}
	}
	return nil
}

// answerWait is how long a Redis may take to answer. The client's own
// patience with silent Sentinels is over a minute.
const answerWait = 3 * time.Second

// Redis is the courier's post office: an in-process one or a server. It makes
// clients for asynq, each closed by whom it was made for.
type Redis struct {
	mini *miniredis.Miniredis // nil for a server
	cfg  RedisConfig
	own  redis.UniversalClient // for Check and Flush

	ticking atomic.Bool // one Run at a time lets time pass
}

var _ asynq.RedisConnOpt = (*Redis)(nil)

// silent drops what go-redis would write to stderr by itself: what goes wrong
// comes back as an error and is said once, where it can be put into words.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

func init() { redis.SetLogger(silent{}) }

// OpenRedis returns the Redis of the configuration. It does not connect: call
// Check before relying on a server. The embedded one lives until Close and
// needs Run for its keys to expire.
func OpenRedis(cfg RedisConfig) (*Redis, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	r := &Redis{cfg: cfg}
	if cfg.Embedded() {
		r.mini = miniredis.NewMiniRedis()
	}
	r.own = r.client()
	return r, nil
}

// MakeRedisClient makes a client, as asynq.RedisConnOpt wants it.
func (r *Redis) MakeRedisClient() any { return r.client() }

func (r *Redis) client() redis.UniversalClient {
	o := &redis.UniversalOptions{
		Username: r.cfg.Username, Password: r.cfg.Password, DB: r.cfg.DB,
		MasterName: r.cfg.Master, Addrs: r.cfg.Sentinels,
	}
	switch {
	case r.mini != nil: // net.Pipe instead of a port
		o.Addrs = []string{"embedded"}
		o.Dialer = func(context.Context, string, string) (net.Conn, error) { return r.mini.Dial() }
		o.DB = 0
	case r.cfg.Addr != "":
		o.Addrs, o.MasterName = []string{r.cfg.Addr}, ""
	}
	if r.cfg.TLS && r.mini == nil {
		o.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	return redis.NewUniversalClient(o)
}

// Check connects. It returns a warning for a person when the server may evict
// keys when memory is short (jobs would be late, none lost), and a fault of
// kind Unavailable when the server does not answer.
func (r *Redis) Check(ctx context.Context) (warning string, err error) {
	if err := r.ping(ctx); err != nil {
		return "", err
	}
	if r.mini != nil {
		return "", nil
	}
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	policy, err := r.own.ConfigGet(ctx, "maxmemory-policy").Result()
	if err != nil { // managed servers hide CONFIG
		return fmt.Sprintf("Redis %s does not tell its maxmemory-policy (%v): make sure that it is noeviction", r.where(), err), nil
	}
	if p := policy["maxmemory-policy"]; p != "noeviction" {
		return fmt.Sprintf("Redis %s has maxmemory-policy %s: set it to noeviction, or jobs will be late when its memory is short",
			r.where(), p), nil
	}
	return "", nil
}

func (r *Redis) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	if err := r.own.Ping(ctx).Err(); err != nil {
		return fault.New(fault.Unavailable,
			"Redis %s does not answer: check that it runs and that redis.addr is right: %w", r.where(), err)
	}
	return nil
}

func (r *Redis) where() string {
	switch {
	case r.mini != nil:
		return "(embedded)"
	case r.cfg.Addr != "":
		return "at " + r.cfg.Addr
	default:
		return fmt.Sprintf("%q behind Sentinels %s", r.cfg.Master, strings.Join(r.cfg.Sentinels, ", "))
	}
}

// Flush forgets everything that Redis holds in this database. Nothing is lost
// by it: tests and the torture run do it on purpose.
func (r *Redis) Flush(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	if err := r.own.FlushDB(ctx).Err(); err != nil {
		return fault.New(fault.Unavailable, "flush Redis %s: %w", r.where(), err)
	}
	return nil
}

// Run lets time pass in the embedded Redis until ctx ends, so that its keys
// expire; for a server, or beside another Run, it does nothing. (miniredis can follow the clock by
// itself, but then sorts all keys at every access.)
func (r *Redis) Run(ctx context.Context) {
	if r.mini == nil || !r.ticking.CompareAndSwap(false, true) {
		return
	}
	defer r.ticking.Store(false)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var last time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case at := <-tick.C:
			elapsed := time.Second
			if !last.IsZero() {
				elapsed = at.Sub(last)
			}
			r.mini.FastForward(elapsed)
			last = at
		}
	}
}

// Close lets go of the connection and ends the embedded Redis.
func (r *Redis) Close() error {
	err := r.own.Close()
	if r.mini != nil {
		r.mini.Close()
	}
	return err
}

// asynqLog hands asynq's own messages to our logger.
type asynqLog struct{ log *slog.Logger }

func (a asynqLog) Debug(args ...any) { a.log.Debug("asynq: " + fmt.Sprint(args...)) }
func (a asynqLog) Info(args ...any)  { a.log.Info("asynq: " + fmt.Sprint(args...)) }
func (a asynqLog) Warn(args ...any)  { a.log.Warn("asynq: " + fmt.Sprint(args...)) }
func (a asynqLog) Error(args ...any) { a.log.Error("asynq: " + fmt.Sprint(args...)) }
func (a asynqLog) Fatal(args ...any) { a.log.Error("asynq: " + fmt.Sprint(args...)) }
