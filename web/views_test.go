package web_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
)

func (n *numbers) SaveView(_ context.Context, v access.SavedView, _ time.Time) error {
	v.ID = int64(len(n.views) + 1)
	n.views = append(n.views, v)
	return nil
}

func (n *numbers) Views(_ context.Context, user string) (list []access.SavedView, err error) {
	for _, v := range n.views {
		if v.Owner == user || v.Shared {
			list = append(list, v)
		}
	}
	return list, n.broken
}

func (n *numbers) DropView(_ context.Context, user string, id int64) error {
	before := len(n.views)
	n.views = slices.DeleteFunc(n.views, func(v access.SavedView) bool { return v.ID == id && v.Owner == user })
	if len(n.views) == before {
		return fault.New(fault.NotFound, "there is no such view of yours")
	}
	return nil
}

// TestSavedViews: of filters that can be used, without the place in the list,
// shared or not, forgotten by their owner alone; hostile names stay text.
func TestSavedViews(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mia, lee := w.as(t, "mia"), w.as(t, "lee")
	save := func(query, name, shared string) answer {
		return mia.post("/risk/views", url.Values{"query": {query}, "name": {name}, "shared": {shared}})
	}
	if got := save("band=purple", "x", ""); got.status != http.StatusUnprocessableEntity {
		t.Errorf("a band that is none: %d", got.status)
	}
	if got := save("band=high", "  ", ""); got.status != http.StatusUnprocessableEntity {
		t.Errorf("no name: %d", got.status)
	}
	if got := save("band=high&after=9&above=50&text=", `High <b>risk</b>`, "1"); got.status != http.StatusOK || !strings.Contains(got.body, "High &lt;b&gt;risk&lt;/b&gt;") {
		t.Fatalf("saved: %d\n%s", got.status, got.body)
	}
	if w.views[0].Query != "band=high" {
		t.Errorf("kept as %q", w.views[0].Query)
	}
	save("segment=trade", "Trade", "")
	if got := lee.get("/risk").body; !strings.Contains(got, "High &lt;b&gt;") || strings.Contains(got, ">Trade<") {
		t.Error("a colleague sees the wrong views")
	}
	if got := lee.post("/risk/views/1/forget", nil); got.status != http.StatusNotFound {
		t.Errorf("a colleague forgets it: %d", got.status)
	}
	if got := mia.post("/risk/views/1/forget", nil); got.status != http.StatusOK || len(w.views) != 1 {
		t.Errorf("forgotten: %d, %+v", got.status, w.views)
	}
}
