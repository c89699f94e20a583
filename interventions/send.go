package interventions

import (
	"slices"
	"strconv"
	"time"

	"holdfast/history"
	"holdfast/internal/fault"
)

// Sending says what the gates make of a message when its turn comes. Go is true
// when it may be handed to the channel; otherwise Message holds its new state:
// blocked, expired, put off (still ready), or passed for a ghost, with Why.
type Sending struct {
	Go      bool
	Message Message
	Why     string
	Stamp   *ExposureStamp // of a ghost that passed
}

// BeforeSend runs the gates again at the moment of sending (R1, R7, R8, R9).
func (p *Policy) BeforeSend(m Message, k *Known, f *Facts, now time.Time) (Sending, error) {
	if m.State != MessageReady && m.State != MessageGhost {
		return Sending{}, fault.New(fault.Conflict, "the message is %s: it is not sent again", m.State)
	}
	end := func(s MessageState, why string) Sending {
		m.State, m.Reason = s, why
		return Sending{Message: m, Why: why}
	}
	if !now.Before(m.ExpiresAt) {
		return end(MessageExpired, "its time ran out"), nil
	}
	t := p.Treatment(m.Treatment)
	if t == nil {
		return end(MessageBlocked, "its treatment is no longer configured"), nil
	}
	if slices.Contains(f.Paused, m.Treatment) { // whoever is held back waits as long as who is not
		m.NotBefore = now.Add(pausedFor)
		return end(m.State, "put off: its treatment is paused"), nil
	}
	_, failed := p.Gates(Ask{Treatment: t, Moment: AtSend, Key: m.Key, Milestone: m.Milestone, Self: WorkOf(0, m.ID), Ghost: m.Ghost, Override: m.Override}, k, f)
	for _, st := range failed {
		if !waiting(st.Gate) {
			return end(MessageBlocked, st.why()), nil
		}
	}
	if len(failed) > 0 {
		zone := p.zoneNamed(m.Zone)
		m.NotBefore = startOfNextDay(now, zone).UTC()
		if len(failed) == 1 && failed[0].Gate == GateWindow {
			m.NotBefore = p.calls.next(now, zone, PartNone)
		}
		return end(m.State, "put off: "+failed[0].why()), nil
	}
	if m.Ghost {
		m.PassedAt = now
		s := end(MessagePassed, "passed")
		s.Stamp = &ExposureStamp{Customer: m.Customer, Treatment: m.Treatment, At: now}
		return s, nil
	}
	if to := pointFor(k, m.Channel); to != "" {
		m.To = to // it may have changed since the decision
	}
	return Sending{Go: true, Message: m}, nil
}

func waiting(g Gate) bool {
	return slices.Contains(waits, g)
}

// Sent marks a message as having left, and makes the contact that is recorded
// with it. It is only for messages that BeforeSend let go.
func (p *Policy) Sent(m Message, now time.Time) (Message, []history.Fact, ExposureStamp) {
	m.State, m.SentAt, m.Reason = MessageSent, now, "sent"
	fact := history.Fact{
		Stamp: history.Stamp{
			Customer: m.Customer, Ref: p.hash63("message-fact", strconv.FormatInt(int64(m.ID), 10)),
			Occurred: now.UTC(), Recorded: now.UTC(),
		},
		Kind: history.FactContact,
		Body: history.Contact{
			Channel: string(m.Channel), Purpose: string(m.Purpose), Direction: "out", Proactive: true, By: System,
			Disposition: "sent", Task: WorkOf(0, m.ID),
		},
	}
	return m, []history.Fact{fact}, ExposureStamp{Customer: m.Customer, Treatment: m.Treatment, At: now, Contacted: true}
}
