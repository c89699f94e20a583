package interventions

import (
	"encoding/binary"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"holdfast/internal/fault"
)

// Recommendation is an improvement that somebody at the desk proposes, and what
// a manager answered.
type Recommendation struct {
	ID         int64
	At         time.Time
	By         string
	Words      string
	AnsweredAt time.Time // zero until a manager has answered
	AnsweredBy string
	Verdict    string // one of Verdicts
	Answer     string
}

// Verdicts are what a manager can say to a recommendation.
var Verdicts = []string{"will_do", "done", "not_now", "no"}

// maxRecommendation bounds what is proposed or answered, in bytes.
const maxRecommendation = 2000

// NewRecommendation checks a proposal. The same words sent twice at one moment
// have one id.
func NewRecommendation(by, words string, now time.Time) (Recommendation, error) {
	words = strings.TrimSpace(words)
	switch {
	case words == "":
		return Recommendation{}, fault.New(fault.Invalid, "say what could be better")
	case len(words) > maxRecommendation:
		return Recommendation{}, fault.New(fault.Invalid, "the recommendation is longer than %d characters: shorten it", maxRecommendation)
	}
	h := fnv.New64a()
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(now.UnixMicro()))) //nolint:errcheck,gosec // a hash never fails
	h.Write([]byte(by + "\x00" + words))                                 //nolint:errcheck,gosec // a hash never fails
	return Recommendation{ID: int64(h.Sum64() >> 1), At: now.UTC(), By: by, Words: words}, nil
}

// Answered is the recommendation with a manager's answer.
func (r Recommendation) Answered(by, verdict, answer string, now time.Time) (Recommendation, error) {
	answer = strings.TrimSpace(answer)
	switch {
	case !slices.Contains(Verdicts, verdict):
		return r, fault.New(fault.Invalid, "choose what becomes of it: will do, done, not now or no")
	case answer == "":
		return r, fault.New(fault.Invalid, "say why: who proposed it reads the answer")
	case len(answer) > maxRecommendation:
		return r, fault.New(fault.Invalid, "the answer is longer than %d characters: shorten it", maxRecommendation)
	}
	r.AnsweredAt, r.AnsweredBy, r.Verdict, r.Answer = now.UTC(), by, verdict, answer
	return r, nil
}
