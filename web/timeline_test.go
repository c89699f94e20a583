package web_test

import (
	"net/http"
	"strings"
	"testing"

	"holdfast/history"
)

// TestATimelineSaysHowTheyGotInTouch: nobody wrote who came to a store.
func TestATimelineSaysHowTheyGotInTouch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for channel, says := range map[string]string{
		"phone": "They rang", "email": "They wrote · email", "store": "They came to a store",
		"app": "They got in touch in the app", "web": "They got in touch on the website", "chat": "They got in touch · chat",
	} {
		w.contacts[1] = []history.ContactAt{{Contact: history.Contact{Channel: channel, Direction: "in"}, Ref: 1, At: tuesday.AddDate(0, -2, 0)}}
		got := w.as(t, "mia").get("/customers/1")
		if got.status != http.StatusOK || !strings.Contains(got.body, says+"</span></li>") {
			t.Errorf("by %s: %d, without %q", channel, got.status, says)
		}
	}
}
