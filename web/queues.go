package web

import (
	"time"
)

// Queue is the system's own work of one kind that is not done.
type Queue struct {
	Kind    string
	Waiting int       // due, or due later
	Oldest  time.Time // since when the longest has been due; zero or later when none waits
	Failed  int       // of those that wait, how many were tried and failed
	Error   string    // of one of these; empty without
	InHand  int       // with a worker, or on its way to one
	Stuck   int       // wait for a person
	Dead    int       // of these, those that gave up
}

// Waited is how long the longest has been due, 0 when none is.
func (q Queue) Waited(now time.Time) time.Duration {
	if q.Waiting == 0 || q.Oldest.IsZero() || !q.Oldest.Before(now) {
		return 0
	}
	return now.Sub(q.Oldest)
}

// Retried are the messages of a channel that wait for another try, because
// their receiver did not take them.
type Retried struct {
	Channel  string
	Messages int
	Since    time.Time // the call that failed first
	Next     time.Time // try of any of them; zero while it is under way, or a gate has put it off
	Away     time.Time // since when none has been taken; zero where others were
	Error    string    // of the one that has failed for longest
}

// Refused are the messages of a channel that its receiver refused for good.
type Refused struct {
	Channel  string
	Messages int
	Tried    int       // in the same time
	Last     time.Time // that one was refused
	Error    string    // of the last
	Most     bool      // so many that it is not a matter of single addresses
}

type apiQueue struct {
	Kind          string  `json:"kind"`
	Waiting       int     `json:"waiting" doc:"Due, or due later."`
	WaitedSeconds float64 `json:"waited_seconds" doc:"Since the longest of them was due; 0 when none is."`
	Failed        int     `json:"failed" doc:"Of those that wait, how many were tried in vain and will be tried again; the messages of retried are not among them."`
	Error         string  `json:"error,omitempty" doc:"Of one of these."`
	InHand        int     `json:"in_hand" doc:"With a worker, or on the way to one."`
	Stuck         int     `json:"stuck" doc:"Given up, or of unknown outcome: they wait for a person."`
}

func apiQueuesOf(list []Queue, now time.Time) []apiQueue {
	out := make([]apiQueue, len(list))
	for i, q := range list {
		out[i] = apiQueue{q.Kind, q.Waiting, q.Waited(now).Seconds(), q.Failed, q.Error, q.InHand, q.Stuck}
	}
	return out
}

type apiRetried struct {
	Channel  string     `json:"channel"`
	Messages int        `json:"messages"`
	Since    time.Time  `json:"since" doc:"When the first of their calls failed."`
	Next     *time.Time `json:"next,omitempty" doc:"The next try of any of them."`
	Away     *time.Time `json:"away,omitempty" doc:"Since when the receiver has taken none; absent where it took others meanwhile."`
	Error    string     `json:"error" doc:"Of the one that has failed for longest."`
}

func apiRetriedOf(list []Retried) []apiRetried {
	out := make([]apiRetried, len(list))
	for i, r := range list {
		out[i] = apiRetried{r.Channel, r.Messages, r.Since.UTC(), instant(r.Next), instant(r.Away), r.Error}
	}
	return out
}

type apiRefused struct {
	Channel  string    `json:"channel"`
	Messages int       `json:"messages"`
	Tried    int       `json:"tried" doc:"In the same seven days, with those taken and those that wait for another try."`
	Last     time.Time `json:"last" doc:"When the last of them was refused."`
	Error    string    `json:"error" doc:"Of the last."`
}

func apiRefusedOf(list []Refused) []apiRefused {
	out := make([]apiRefused, len(list))
	for i, r := range list {
		out[i] = apiRefused{r.Channel, r.Messages, r.Tried, r.Last.UTC(), r.Error}
	}
	return out
}
