package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"holdfast/channels"
	"holdfast/history"
	"holdfast/interventions"
)

// readyMessage puts a message to a customer of the shop into its database, with
// the job that delivers it.
func (b *business) readyMessage(t *testing.T, now time.Time) {
	t.Helper()
	db, err := sqlx.Open("sqlite", "file:"+b.path("shop.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // everything was written
	var customer history.CustomerID
	if err := db.Get(&customer, `SELECT id FROM customers LIMIT 1`); err != nil {
		t.Fatal(err)
	}
	m := interventions.Message{
		ID: 77, IdempotencyKey: "00c0ffee", Key: "7/save/1", Customer: customer, Treatment: "note", Family: interventions.FamilySave,
		Channel: interventions.ChannelWebhook, Purpose: interventions.PurposeRetention, State: interventions.MessageReady,
		Body: "Dear Anna", Zone: "UTC", AsOf: now, CreatedAt: now, NotBefore: now, ExpiresAt: now.AddDate(0, 0, 7),
	}
	body, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`INSERT INTO messages (id, publication, work_key, idempotency_key, customer, household, partition, treatment, family, state, ghost,
			waiting, milestone, not_before, expires_at, created_at, sent_at, passed_at, body)
		VALUES (77, 0, '7/save/1', '00c0ffee', ?, 0, 0, 'note', 'save', 'ready', 0, 1, 0, ?, ?, ?, 0, 0, ?)`,
		int64(customer), now.UnixMicro(), m.ExpiresAt.UnixMicro(), now.UnixMicro(), string(body)); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`INSERT INTO jobs (id, kind, key, payload, run, state, attempt, max_attempts, priority, dispatch, run_after, dispatched_until, lease_until, fence, last_error, created_at, done_at)
		VALUES (78, 'deliver', 'deliver/77', '{"message":77}', '', 'ready', 0, 0, 20, 0, ?, 0, 0, 0, '', ?, 0)`, now.UnixMicro(), now.UnixMicro()); err != nil {
		t.Fatal(err)
	}
}

// A receiver is away for three hours, by the whole program on a clock that
// jumps: its message is asked for again and again by one job, is seen to wait,
// and leaves when the receiver is back. One that stays away is given up.
func TestAReceiverIsAway(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		back  time.Duration // after the first try
		after string        // give_up_after
		calls int64
		state string // of the message in the end
		job   string
		says  string // its job
	}{
		"for three hours": {3 * time.Hour, "24h", 10, "sent", "done", "the webhook receiver answered 503"},
		"for too long":    {3 * time.Hour, "2h", 9, "ready", "dead", "deliver message 77: gave up after 9 tries in 2 h; the last: the webhook receiver answered 503"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now().Truncate(time.Second)
			now := &clock{real: time.Now}
			var calls atomic.Int64
			receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				defer calls.Add(1)
				if now.Now().Before(began.Add(c.back)) {
					w.WriteHeader(http.StatusServiceUnavailable)
				}
			}))
			defer receiver.Close()
			b := newShop(t, fmt.Sprintf("channels: {url: %q, give_up_after: %s}\n", receiver.URL, c.after)+`
interventions:
  treatments:
    - {name: note, family: save, channel: webhook, purpose: retention, expiry_days: 7, subject: Hello, body: "Dear {{.Name}}", effect: {mean: 0.1, spread: 0.1}, durability: 0.8}
`)
			b.env[channels.EnvironmentSecret] = base64.StdEncoding.EncodeToString([]byte("0123456789abcdef0123456789abcdef"))
			b.must(t, now.Now, "import", "people", b.write(t, "people.csv", "id,name,phone,town\na,Anna,1,Rome\n"))
			b.readyMessage(t, began)
			up := b.upAt(t, now.Now)
			db := b.database(t)
			type row struct {
				State     string
				Attempt   int
				Excused   int
				RunAfter  int64  `db:"run_after"`
				LastError string `db:"last_error"`
			}
			job := func() (j row) {
				if err := db.Get(&j, `SELECT state, attempt, excused, run_after, last_error FROM jobs WHERE id = 78`); err != nil {
					t.Fatal(err)
				}
				return j
			}
			for made := int64(1); ; made++ {
				waitFor(t, func() bool { s := job().State; return calls.Load() == made && s != "running" && s != "dispatched" })
				j := job()
				if j.State != "ready" {
					break
				}
				if int64(j.Attempt) != made || int64(j.Excused) != made {
					t.Errorf("after %d calls the job is %+v", made, j)
				}
				if made == 7 { // 32 minutes
					f := decode[diagnosis](t, b.run(t, now.Now, "doctor", "--json").stdout).find("channel webhook")
					if f.Verdict != warning || !strings.Contains(f.Says, "nothing was taken since") || !strings.Contains(f.Says, "messages that wait for another try: 1, the longest since") {
						t.Errorf("doctor says %+v", f)
					}
				}
				now.Set(time.UnixMicro(j.RunAfter))
			}
			var state string
			if err := db.Get(&state, `SELECT state FROM messages WHERE id = 77`); err != nil {
				t.Fatal(err)
			}
			if j := job(); calls.Load() != c.calls || state != c.state || j.State != c.job || j.LastError != c.says && !strings.HasSuffix(j.LastError, c.says) {
				t.Errorf("%d calls, the message is %s, the job %+v", calls.Load(), state, j)
			}
			if code := up.end(t); code != 0 {
				t.Errorf("up ended with %d: %s", code, up.stderr)
			}
		})
	}
}

// A receiver that refuses for good is nobody's job: the doctor warns of it, from
// three messages on.
func TestAReceiverRefusesForGood(t *testing.T) {
	t.Parallel()
	now := time.Now()
	b := newShop(t, "")
	b.must(t, time.Now, "migrate")
	db, err := sqlx.Open("sqlite", "file:"+b.path("shop.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // everything was written
	refuse := func(n int) {
		for range n {
			key := fmt.Sprint(time.Now().UnixNano())
			for _, q := range []string{
				`INSERT INTO messages (id, publication, work_key, idempotency_key, customer, household, partition, treatment, family, state, ghost,
					waiting, milestone, not_before, expires_at, created_at, sent_at, passed_at, body) VALUES (` + key + `, 0, '` + key + `', '` + key + `', 1, 1, 0, 'note', 'save', 'failed', 0, 0, 0, 0, 0, 0, 0, 0, '{}')`,
				fmt.Sprintf(`INSERT INTO deliveries (key, channel, job, customer, state, attempt, began_at, ended_at, receipt, error) VALUES ('%s', 'email', 1, 1, 'failed', 1, %d, %d, '', 'refused with 550')`,
					key, now.UnixMicro(), now.UnixMicro()),
			} {
				if _, err := db.Exec(q); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	look := func() diagnosis { return decode[diagnosis](t, b.run(t, time.Now, "doctor", "--json").stdout) }
	doubted := func(at time.Time) bool {
		p := &program{Surroundings: Surroundings{Stdout: io.Discard, Stderr: io.Discard, Getenv: func(string) string { return "" }, Now: func() time.Time { return at }}, configPath: b.path("holdfast.yaml"), quiet: true}
		a, err := p.open(t.Context(), writes)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close() //nolint:errcheck // nothing was written
		d, err := a.deliverer()
		if err != nil {
			t.Fatal(err)
		}
		most, err := d.Doubted(t.Context(), interventions.ChannelEmail)
		if letter, wrong := d.Doubted(t.Context(), interventions.ChannelLetter); err != nil || letter || wrong != nil {
			t.Errorf("letters are doubted: %v, %v, %v", letter, err, wrong)
		}
		return most
	}
	refuse(2)
	if doubted(now) {
		t.Error("two refused, and addresses are doubted")
	}
	if d := look(); slices.ContainsFunc(d.Findings, func(f finding) bool { return f.What == "channel email" }) {
		t.Errorf("two refused: %+v", d)
	}
	refuse(1)
	if f := look().find("channel email"); f.Verdict != warning || !strings.Contains(f.Says, "refused for good in a day: 3 of 3 messages") || !strings.Contains(f.Says, "refused with 550") {
		t.Errorf("doctor says %+v", f)
	}
	if !doubted(now) || doubted(now.Add(time.Hour+time.Minute)) {
		t.Errorf("three of three refused: addresses are doubted %v, an hour later %v", doubted(now), doubted(now.Add(time.Hour+time.Minute)))
	}
}
