package interventions

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"time"

	"holdfast/history"
)

// Every draw is a keyed hash of what is drawn for: it can be repeated by who
// holds the key, guessed by nobody else, and depends on no other draw.

// hash63 is a positive 63-bit keyed hash of the parts.
func (p *Policy) hash63(parts ...string) int64 {
	return int64(p.digest(parts)>>1) | 1
}

// uniform is a keyed draw from [0, 1).
func (p *Policy) uniform(parts ...string) float64 {
	return float64(p.digest(parts)>>11) / (1 << 53)
}

func (p *Policy) digest(parts []string) uint64 {
	mac := hmac.New(sha256.New, p.key)
	mac.Write([]byte(p.cfg.Chance.Salt))
	for _, s := range parts {
		// The length keeps ("ab","c") and ("a","bc") apart.
		mac.Write([]byte{0})
		mac.Write([]byte(strconv.Itoa(len(s))))
		mac.Write([]byte{':'})
		mac.Write([]byte(s))
	}
	return binary.LittleEndian.Uint64(mac.Sum(nil))
}

// drawArm draws a household's arm in one layer for the year beginning at from.
// draw counts the years before.
func (p *Policy) drawArm(h history.HouseholdID, layer Layer, share float64, from time.Time, draw int) Arm {
	u := p.uniform("arm", string(layer), strconv.FormatInt(int64(h), 10), strconv.Itoa(draw))
	return Arm{
		Household: h, Layer: layer, Held: u < share, Share: share, Draw: draw,
		From: from, Until: from.AddDate(0, 0, p.cfg.Chance.HoldoutDays),
	}
}

// MergeArms is the arm of a household made of two: the held-out one wins and
// the result is flagged, because it is no longer what was drawn. An unmerge
// keeps it.
func MergeArms(a, b Arm) Arm {
	if b.Held && !a.Held {
		a, b = b, a
	}
	if a.Held != b.Held || a.Draw != b.Draw || !a.From.Equal(b.From) {
		a.Flagged = "merged"
	}
	if b.From.Before(a.From) {
		a.From = b.From
	}
	a.Until, a.Draw = later(a.Until, b.Until), max(a.Draw, b.Draw)
	return a
}

// mix spreads an id over 64 bits (splitmix64's finaliser), for ties that must
// favour nobody.
func mix(id int64) uint64 {
	x := uint64(id) + 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
