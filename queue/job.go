package queue

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"time"

	"holdfast/internal/fault"
)

// State is where a job stands.
//
//	ready → dispatched → running → done
//	  ↑         │           ├────→ dead      (gave up; a person may retry)
//	  ├─ swept ─┴─ swept ───┤
//	  ├─ failed, later ─────┤
//	  └──── a person ───────┴────→ unknown   (an outside effect may or may not have happened)
type State string

// The states of a job.
const (
	Ready      State = "ready"      // waits for its RunAfter and for room in the courier
	Dispatched State = "dispatched" // handed to asynq, until DispatchedUntil
	Running    State = "running"    // held by a worker under a lease, until LeaseUntil
	Done       State = "done"       // finished, its effects committed
	Dead       State = "dead"       // given up; only a person brings it back
	Unknown    State = "unknown"    // nobody can tell whether its outside effect happened; only a person brings it back
)

// States lists every state in the order of a job's life.
var States = []State{Ready, Dispatched, Running, Done, Dead, Unknown}

// Priorities of jobs. Smaller numbers go first; values in between are allowed.
const (
	Urgent = 10 // somebody is waiting for it
	Normal = 20 // the night and its deliveries
	Bulk   = 30 // maintenance that may wait
)

// MaxPayload is the largest payload in bytes: a job names its work, it does
// not carry it.
const MaxPayload = 64 << 10

// Job is one piece of committed work of the system. Work for a person is a
// Task and has nothing to do with this.
type Job struct {
	ID              int64     // random, positive
	Kind            string    // which handler runs it
	Key             string    // unique over all jobs for ever: the same work is inserted once
	Payload         []byte    // small JSON for the handler
	Run             string    // the group it belongs to, such as a night's run; may be empty
	State           State     // where it stands
	Attempt         int       // how many times a worker has begun it, interruptions by shutdown not counted
	Excused         int       // of these, how many its handler put off by TryAfter
	MaxAttempts     int       // begun at most this often, Excused not counted; 0 leaves it to the kind
	Priority        int       // smaller goes first
	Dispatch        int       // how many times it was handed to the courier
	RunAfter        time.Time // not before
	DispatchedUntil time.Time // when the courier is given up on
	LeaseUntil      time.Time // when the worker is given up on
	Fence           int64     // raised by one each time a worker begins it
	LastError       string    // why the last attempt did not finish it
	CreatedAt       time.Time // when it was inserted
	DoneAt          time.Time // when it became done or dead; zero before
}

// Named says which job it is to people: its kind and its key.
func (j Job) Named() string { return j.Kind + " " + j.Key }

// New makes a ready job of a kind, due at now, with a random id, Normal
// priority and payload in JSON (nil gives an empty payload). Set Run, Priority,
// RunAfter or MaxAttempts on the result before inserting it.
func New(kind, key string, payload any, now time.Time) (Job, error) {
	if kind == "" || key == "" {
		return Job{}, fault.New(fault.Invalid, "a job needs a kind and a key: got kind %q, key %q", kind, key)
	}
	var body []byte
	if payload != nil {
		var err error
		if body, err = json.Marshal(payload); err != nil {
			return Job{}, fault.New(fault.Invalid, "payload of job %s: %w", key, err)
		}
	}
	if len(body) > MaxPayload {
		return Job{}, fault.New(fault.Invalid,
			"payload of job %s has %d bytes, more than %d: store the work and name it in the payload", key, len(body), MaxPayload)
	}
	return Job{
		ID: newID(), Kind: kind, Key: key, Payload: body, State: Ready, Priority: Normal,
		RunAfter: now, CreatedAt: now,
	}, nil
}

// newID draws a positive 63-bit id, so that ids tell nothing about order or arm.
func newID() int64 {
	var b [8]byte
	for {
		_, _ = rand.Read(b[:]) // never fails: it ends the program instead
		if id := int64(binary.LittleEndian.Uint64(b[:]) >> 1); id > 0 {
			return id
		}
	}
}

// Decode reads the payload into v. Unknown or malformed fields are Invalid,
// which makes the job dead at once: trying again cannot help.
func (j Job) Decode(v any) error {
	d := json.NewDecoder(bytes.NewReader(j.Payload))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fault.New(fault.Invalid, "payload of %s job %s: %w", j.Kind, j.Key, err)
	}
	return nil
}

// counted is how many attempts count against the limit.
func (j Job) counted() int { return j.Attempt - j.Excused }

// Lease is the right to finish a job once: the job and the fence under which
// this worker began it.
func (j Job) Lease() Lease { return Lease{JobID: j.ID, Fence: j.Fence} }

// Backoff says how long a failed job waits: Base, doubled per attempt up to
// Cap, of which a job-dependent share between a half and the whole is taken so
// that jobs that failed together do not come back together.
type Backoff struct {
	Base time.Duration // after the first attempt; 2 s when zero
	Cap  time.Duration // at most; 10 min when zero
}

// Delay returns the wait after the given attempt (from 1) of job id. It is a
// pure function of its arguments: Cap ≥ Delay ≥ min(Base·2^(attempt−1), Cap)/2.
func (b Backoff) Delay(id int64, attempt int) time.Duration {
	base, limit := or(b.Base, 2*time.Second), or(b.Cap, 10*time.Minute)
	d := min(base, limit)
	for i := 1; i < attempt && d < limit; i++ {
		d = min(2*d, limit)
	}
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%d/%d", id, attempt)
	share := float64(h.Sum64()>>11) / (1 << 53) // uniform in [0, 1)
	return d/2 + time.Duration(share*float64(d/2))
}

// or returns v, or otherwise when v is zero.
func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
