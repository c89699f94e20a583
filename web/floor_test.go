package web_test

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

// floor is who does what, and what they recommend, in maps.
type floor struct {
	mu    sync.Mutex
	doing map[string]access.Presence
	box   map[int64]interventions.Recommendation
}

func newFloor() *floor {
	return &floor{doing: map[string]access.Presence{}, box: map[int64]interventions.Recommendation{}}
}

func (f *floor) SetPresence(_ context.Context, p access.Presence) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.doing[p.Name].State != p.State {
		f.doing[p.Name] = p
	}
	return nil
}

func (f *floor) Presence(_ context.Context, name string, since time.Time) (p access.Presence, _ error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if d := f.doing[name]; !d.Since.Before(since) {
		p = d
	}
	return p, nil
}

func (f *floor) SaveRecommendation(_ context.Context, r interventions.Recommendation) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.box[r.ID] = r
	return nil
}

func (f *floor) Recommendations(_ context.Context, limit int) ([]interventions.Recommendation, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := slices.SortedFunc(maps.Values(f.box), func(a, b interventions.Recommendation) int { return b.At.Compare(a.At) })
	return list[:min(limit, len(list))], nil
}

func (f *floor) Recommendation(_ context.Context, id int64) (interventions.Recommendation, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r, ok := f.box[id]
	if !ok {
		return r, fault.New(fault.NotFound, "there is no such recommendation")
	}
	return r, nil
}

// boxed is two recommendations, one of them answered.
func boxed(w *world) {
	for i, words := range []string{"Say the tariff's name in the opening: customers ask for it.", "<b>The reason on complaints is often wrong</b>"} {
		r, err := interventions.NewRecommendation("ben", words, tuesday.Add(time.Duration(-i)*time.Hour))
		if err != nil {
			panic(err)
		}
		if i == 1 {
			r, _ = r.Answered("mia", "will_do", "It counts closed ones; the next list will not.", tuesday)
		}
		w.box[r.ID] = r
	}
}

// TestRecommendationsAreAnswered: an agent proposes, a manager answers, both
// read it; who may not answer is refused, and nothing is executed.
func TestRecommendationsAreAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, boxed)
	ann, mia := w.as(t, "ann"), w.as(t, "mia")
	ann.post("/recommendations", url.Values{"words": {" "}}).must(t, http.StatusUnprocessableEntity, "Say what could be better.")
	ann.post("/recommendations", url.Values{"words": {strings.Repeat("x", 2001)}}).must(t, http.StatusUnprocessableEntity, "shorten it", "xxx")
	ann.post("/recommendations", url.Values{"words": {"Offer a <script>month</script>"}}).must(t, http.StatusOK, "the managers will answer here", "&lt;script&gt;month", "Not answered yet").
		without(t, "<script>month", "/answer")
	var id string
	for _, r := range w.box {
		if r.By == "ann" {
			id = strconv.FormatInt(r.ID, 10)
		}
	}
	answer := "/recommendations/" + id + "/answer"
	ann.post(answer, url.Values{"verdict": {"done"}, "answer": {"yes"}}).must(t, http.StatusForbidden)
	mia.post(answer, url.Values{"verdict": {"maybe"}, "answer": {"yes"}}).must(t, http.StatusUnprocessableEntity, "Choose what becomes of it")
	mia.post(answer, url.Values{"verdict": {"no"}}).must(t, http.StatusUnprocessableEntity, "Say why")
	mia.post("/recommendations/7/answer", url.Values{"verdict": {"no"}, "answer": {"no"}}).must(t, http.StatusNotFound)
	mia.post(answer, url.Values{"verdict": {"not_now"}, "answer": {"after the summer"}}).must(t, http.StatusOK, "everybody can read it")
	ann.get("/recommendations").must(t, http.StatusOK, "Not now", "after the summer", "It counts closed ones")
}

// TestWhatOneIsDoing: the four states, by hand and with the work.
func TestWhatOneIsDoing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, busy)
	b := w.as(t, "ann")
	pressed := func(state string) string { return `value="` + state + `" aria-pressed="true"` }
	b.get("/desk").must(t, http.StatusOK, pressed("ready"), ">Wrap-up</button>")
	b.post("/desk/state", url.Values{"state": {"break"}, "back": {"https://elsewhere.example"}}).must(t, http.StatusOK, pressed("break"), "since 10:00")
	b.post("/desk/state", url.Values{"state": {"asleep"}}).must(t, http.StatusUnprocessableEntity, "choose ready, on call, wrap-up or break")
	card := b.post("/desk/next", nil).must(t, http.StatusOK, pressed("ready"))
	b.post(card.path+"/begin", form(t, card)).must(t, http.StatusOK, pressed("on_call"))
	if got := w.task(1011); got.State != interventions.TaskInProgress {
		t.Errorf("on call the task is %s", got.State)
	}
	b.post("/desk/state", url.Values{"state": {"wrap_up"}, "back": {card.path}}).must(t, http.StatusOK, pressed("wrap_up"), "What came of it?")
	b.post(card.path+"/save", form(t, card, "disposition", "no_answer", "then", "next")).must(t, http.StatusOK, pressed("ready"))
}
