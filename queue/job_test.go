package queue_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"holdfast/internal/fault"
	"holdfast/queue"
)

func TestNewJob(t *testing.T) {
	t.Parallel()
	got, err := queue.New("score", "score/7", map[string]int{"shard": 7}, noon)
	if err != nil {
		t.Fatal(err)
	}
	want := queue.Job{
		ID: got.ID, Kind: "score", Key: "score/7", Payload: []byte(`{"shard":7}`),
		State: queue.Ready, Priority: queue.Normal, RunAfter: noon, CreatedAt: noon,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("job (-want +got):\n%s", diff)
	}
	ids := map[int64]bool{}
	for range 1000 {
		j, err := queue.New("score", "k", nil, noon)
		if err != nil || j.ID <= 0 || ids[j.ID] || j.Payload != nil {
			t.Fatalf("job %+v, %v", j, err)
		}
		ids[j.ID] = true
	}
}

func TestNewJobRefusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind, key string
		payload   any
		want      string
	}{
		{"", "k", nil, `a job needs a kind and a key: got kind "", key "k"`},
		{"score", "", nil, `a job needs a kind and a key: got kind "score", key ""`},
		{"score", "k", math.NaN(), `payload of job k: json: unsupported value: NaN`},
		{
			"score", "k", strings.Repeat("x", queue.MaxPayload),
			`payload of job k has 65538 bytes, more than 65536: store the work and name it in the payload`,
		},
	} {
		_, err := queue.New(c.kind, c.key, c.payload, noon)
		if err == nil || err.Error() != c.want || fault.Of(err) != fault.Invalid {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	job, err := queue.New("score", "k", queue.Slot{Name: "night", Date: "2026-11-22"}, noon)
	if err != nil {
		t.Fatal(err)
	}
	var slot queue.Slot
	if err := job.Decode(&slot); err != nil || slot.Date != "2026-11-22" {
		t.Errorf("decoded %+v, %v", slot, err)
	}
	var other struct{ Shard int }
	if err := job.Decode(&other); fault.Of(err) != fault.Invalid || err == nil {
		t.Errorf("a payload of another form gave %v, want invalid", err)
	}
	job.Payload = nil
	if err := job.Decode(&slot); fault.Of(err) != fault.Invalid || err == nil {
		t.Errorf("no payload gave %v, want invalid", err)
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		b := queue.Backoff{
			Base: time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(rt, "base")),
			Cap:  time.Duration(rapid.Int64Range(int64(time.Hour), int64(24*time.Hour)).Draw(rt, "cap")),
		}
		id, attempt := rapid.Int64Min(1).Draw(rt, "id"), rapid.IntRange(1, 1000).Draw(rt, "attempt")
		full := float64(b.Cap)
		if f := float64(b.Base) * math.Pow(2, float64(attempt-1)); f < full {
			full = f
		}
		d := b.Delay(id, attempt)
		if float64(d) > full || float64(d) < full/2-1 {
			rt.Fatalf("delay %v, want from %v to %v", d, time.Duration(full/2), time.Duration(full))
		}
		if d != b.Delay(id, attempt) {
			rt.Fatal("the same job has two delays")
		}
	})
}

// Jobs that failed together come back spread over half the delay.
func TestBackoffSpreads(t *testing.T) {
	t.Parallel()
	const n = 10000
	var buckets [10]int
	for id := range int64(n) {
		d := queue.Backoff{}.Delay(id+1, 3) // base 2 s: from 4 s to 8 s
		buckets[min(9, int((d-4*time.Second)*10/(4*time.Second)))]++
	}
	for i, k := range buckets {
		if k < n/10*8/10 || k > n/10*12/10 { // 20 % off is more than six standard deviations
			t.Errorf("tenth %d of the spread has %d of %d jobs", i, k, n)
		}
	}
}

func TestConfigRefusals(t *testing.T) {
	t.Parallel()
	if err := queue.DefaultConfig().Validate(); err != nil {
		t.Errorf("the default is refused: %v", err)
	}
	for _, c := range []struct {
		spoil func(*queue.Config)
		want  string
	}{
		{func(c *queue.Config) { c.Concurrency = 0 }, "concurrency is 0: give a number from 1 to 1024"},
		{func(c *queue.Config) { c.Outstanding = 31 }, "outstanding is 31: give a number from 32 to 256"},
		{func(c *queue.Config) { c.Renew = 16 * time.Second }, "renew is 16s: give a duration from 10ms to 15s"},
		{func(c *queue.Config) { c.Hold = 0 }, "hold is 0s: give a duration from 100ms to 1h0m0s"},
		{func(c *queue.Config) { c.Backoff.Cap = time.Second }, "backoff.cap is 1s: give a duration from 2s to 24h0m0s"},
		{func(c *queue.Config) { c.Redis.Addr = "here" }, `redis address "here": give host:port, such as localhost:6379`},
		{func(c *queue.Config) { c.Redis.DB = -1 }, "redis.db is -1: give 0 or more"},
		{func(c *queue.Config) { c.Redis.Sentinels = []string{"a:1"} }, "redis has sentinels but no master: give the name the Sentinels know it by"},
		{
			func(c *queue.Config) { c.Redis.Sentinels, c.Redis.Addr = []string{"a:1"}, "b:1" },
			"redis has both an addr and sentinels: give one of them",
		},
	} {
		cfg := queue.DefaultConfig()
		c.spoil(&cfg)
		if err := cfg.Validate(); err == nil || err.Error() != c.want || fault.Of(err) != fault.Invalid {
			t.Errorf("error %v, want %s", err, c.want)
		}
	}
}
