package interventions

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
)

// promoting are the purposes that a customer can object to by one click.
var promoting = []Purpose{PurposeRetention, PurposeThanks, PurposeMarketing}

// UnsubscribeToken is the part of an unsubscribe link that names a message and
// can be made by nobody else; empty for a message that promotes nothing.
func (p *Policy) UnsubscribeToken(m *Message) string {
	if m.Purpose == PurposeService || m.Ghost {
		return ""
	}
	return m.IdempotencyKey + p.seal(m.IdempotencyKey)
}

// TokenKey is the idempotency key of the message that an unsubscribe link came
// with. The error is NotFound for a link that is not ours.
func (p *Policy) TokenKey(token string) (string, error) {
	const n = 16
	if len(token) != 3*n || !hmac.Equal([]byte(token[n:]), []byte(p.seal(token[:n]))) {
		return "", fault.New(fault.NotFound, "this link is not one of ours: copy the whole link of the message")
	}
	return token[:n], nil
}

// seal does not depend on the draws' salt: links outlive its change.
func (p *Policy) seal(key string) string {
	mac := hmac.New(sha256.New, p.key)
	mac.Write([]byte("unsubscribe\x00" + key))
	return hex.EncodeToString(mac.Sum(nil)[:16])
}

// Objection is what one click on unsubscribe makes known: a no to every
// message of the channel that promotes. Clicking again says it again.
func (p *Policy) Objection(m *Message, now time.Time) []history.Fact {
	facts := make([]history.Fact, len(promoting))
	for i, purpose := range promoting {
		facts[i] = history.Fact{
			Stamp: history.Stamp{
				Customer: m.Customer, Ref: p.hash63("unsubscribe", m.IdempotencyKey, string(purpose)),
				Occurred: now.UTC(), Recorded: now.UTC(),
			},
			Kind: history.FactConsent,
			Body: history.Consent{Purpose: string(purpose), Channel: string(m.Channel)},
		}
	}
	return facts
}

// Returned is a message that left and came back undelivered: it failed, and an
// address that is none is not used again. Assignment stays what it was.
func (p *Policy) Returned(m Message, k *Known, address bool, why string, now time.Time) (Message, []history.Fact) {
	m.State, m.Reason = MessageFailed, "returned: "+why
	if !address {
		return m, nil
	}
	return m, p.NoAddress(&m, k, now)
}

// NoAddress ends the contact point that a message went to: it is none. Another
// that is known, or comes to be, is used.
func (p *Policy) NoAddress(m *Message, k *Known, now time.Time) []history.Fact {
	for i := range k.Points {
		at := &k.Points[i]
		if at.Channel != points[m.Channel] || !strings.EqualFold(at.Value, m.To) {
			continue
		}
		point := at.ContactPoint
		point.Until = now.UTC()
		return []history.Fact{{
			Stamp: history.Stamp{Customer: m.Customer, Ref: at.Ref, Occurred: at.Since.UTC(), Recorded: now.UTC()},
			Kind:  history.FactContactPoint, Body: point,
		}}
	}
	return nil
}

// spread puts a message that must wait its turn somewhere into the minutes to
// come, so that all do not come back at once.
func (p *Policy) spread(m *Message) time.Duration {
	return time.Duration(p.digest([]string{"spread", strconv.FormatInt(int64(m.ID), 10)})%300) * time.Second
}

// Later is when a message that a rate limit held back comes again.
func (p *Policy) Later(m *Message, now time.Time) time.Time {
	return now.Add(time.Minute + p.spread(m)).Truncate(time.Second)
}
