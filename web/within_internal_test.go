package web

import "testing"

// Risk is said with its days, or with what is counted where there is no one number
// of them: never as if the longest window were everybody's.
func TestWithin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		b    Business
		want string
	}{
		{Business{HorizonDays: 90}, "within 90 days"},
		{Business{HorizonDays: 1}, "within 1 day"},
		{Business{HorizonDays: 180, OwnRhythm: "no purchase for 3 times their usual gap, 14 to 180 days"}, "by their own rhythm (no purchase for 3 times their usual gap, 14 to 180 days)"},
	} {
		if got := english.within(c.b); got != c.want {
			t.Errorf("%+v: %q, want %q", c.b, got, c.want)
		}
	}
}
