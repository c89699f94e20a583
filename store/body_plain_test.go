package store

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/history"
)

// decodeSlowly is what plainBody must agree with.
func decodeSlowly(kind history.FactKind, text []byte) (any, error) {
	switch kind {
	case history.FactProfile:
		return decode[history.Profile](text)
	case history.FactContactPoint:
		return decode[history.ContactPoint](text)
	}
	return decode[history.Subscription](text)
}

var plainKinds = []history.FactKind{history.FactProfile, history.FactContactPoint, history.FactSubscription}

func TestPlainBodiesAreDecodedFast(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 23, 0, 0, 123000, time.UTC)
	for _, f := range []history.Fact{
		{Kind: history.FactProfile, Body: history.Profile{Attributes: map[string]string{"segment": "family", "name": "李 Ólafs"}}},
		{Kind: history.FactProfile, Body: history.Profile{Attributes: map[string]string{}}},
		{Kind: history.FactContactPoint, Body: history.ContactPoint{Channel: "email", Value: "a@example.org", Until: at}},
		{Kind: history.FactContactPoint, Body: history.ContactPoint{}},
		{Kind: history.FactSubscription, Body: history.Subscription{Plan: "basic", Start: at, RenewsAt: at, ValueMinor: -1490, PeriodMonths: 12}},
		{Kind: history.FactSubscription, Body: history.Subscription{}},
	} {
		text, err := encodeBody(f)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := plainBody(f.Kind, text)
		if !ok {
			t.Errorf("%s is not decoded fast", text)
		}
		if diff := cmp.Diff(f.Body, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
	}
}

func FuzzPlainBody(f *testing.F) {
	for _, text := range []string{
		`{"a":{"x":"1","x":"2"}}`, `{"a":{},"a":{"y":"1"}}`, `{"A":{"x":"1"}}`, `{"a":null}`, `{}`, `{"a":{"x":"\u0041"}}`,
		`{"ch":"email","v":"a@b","u":"2026-01-02T03:04:05Z"}`, `{"ch":"email","v":"\ufffd"}`, "{\"v\":\"\xff\"}", `{"ch":"email",}`,
		`{"p":"basic","s":"2009-07-16T23:00:00Z","r":"2025-07-16T23:00:00+02:00","v":1490,"m":1}`, `{"v":01}`, `{"v":-0}`,
		`{"v":1e3}`, `{"v":9223372036854775808}`, `{"s":"2026-02-30T00:00:00Z"}`, `{"m":1} `, `{"m":1}x`, `{"m":-}`, `{"v":1.0}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range plainKinds {
			got, ok := plainBody(kind, []byte(text))
			if !ok {
				continue
			}
			want, err := decodeSlowly(kind, []byte(text))
			if err != nil {
				t.Fatalf("%s of %q: %v, and fast %v", kind, text, err, got)
			}
			if a, b := marshal(t, want), marshal(t, got); a != b || !cmp.Equal(want, got) {
				t.Errorf("%s of %q is %s, and fast %s", kind, text, a, b)
			}
		}
	})
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
