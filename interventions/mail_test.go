package interventions

import (
	"strings"
	"testing"
	"time"

	"holdfast/internal/fault"
)

// TestForgedUnsubscribeLinks: a link leads to its message however old it is
// and whatever the draws are salted with, and no other text leads anywhere.
func TestForgedUnsubscribeLinks(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	m := Message{IdempotencyKey: "00c0ffee00c0ffee", Purpose: PurposeRetention}
	link := p.UnsubscribeToken(&m)
	salted := testConfig()
	salted.Chance.Salt = "another"
	for _, reader := range []*Policy{p, mustPolicy(t, salted)} {
		if key, err := reader.TokenKey(link); err != nil || key != m.IdempotencyKey {
			t.Fatalf("its own link leads to %q: %v", key, err)
		}
	}
	stranger, err := NewPolicy(testConfig(), time.UTC, []byte("a key that is not ours"))
	if err != nil {
		t.Fatal(err)
	}
	forged := []string{
		"", m.IdempotencyKey, link[:47], link + "0", strings.ToUpper(link), " " + link, link[16:] + link[:16],
		"00c0ffee00c0ffef" + link[16:], stranger.UnsubscribeToken(&m), strings.Repeat("0", 48),
	}
	for i := range link {
		other := byte('0')
		if link[i] == other {
			other = '1'
		}
		forged = append(forged, link[:i]+string(other)+link[i+1:])
	}
	for _, text := range forged {
		if key, err := p.TokenKey(text); fault.Of(err) != fault.NotFound || key != "" {
			t.Errorf("%q leads to %q: %v", text, key, err)
		}
	}
	if p.UnsubscribeToken(&Message{IdempotencyKey: m.IdempotencyKey, Purpose: PurposeService}) != "" {
		t.Error("a message of service has a link")
	}
}
