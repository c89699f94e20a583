package interventions

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"holdfast/history"
)

func letterTo(state MessageState) Message {
	return Message{
		ID: 77, Key: "7/offer/episode-99", Customer: 7, Household: 7, Treatment: "offer_message", Family: FamilyOffer,
		Channel: ChannelLetter, Purpose: PurposeRetention, State: state, Ghost: state == MessageGhost, To: "an old address",
		Zone: "Europe/London", ExpiresAt: tuesday.AddDate(0, 0, 7),
	}
}

func TestBeforeSend(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	contacted := Facts{Contacts: []OwnContact{{At: tuesday.Add(-time.Hour), Channel: ChannelPhone, Purpose: PurposeService}}}
	self := Facts{Works: []Work{{Key: "7/offer/episode-99", Open: true, Message: 77}}}
	for _, tc := range []struct {
		name  string
		m     Message
		k     *Known
		f     Facts
		now   time.Time
		send  bool
		state MessageState
	}{
		{"goes", letterTo(MessageReady), ann(tuesday), self, tuesday, true, MessageReady},
		{"expired", letterTo(MessageReady), ann(tuesday), Facts{}, tuesday.AddDate(0, 0, 7), false, MessageExpired},
		{"blocked", letterTo(MessageReady), openIssue(ann(tuesday)), Facts{}, tuesday, false, MessageBlocked},
		{"put off", letterTo(MessageReady), ann(tuesday), contacted, tuesday, false, MessageReady},
		{"a ghost passes", letterTo(MessageGhost), ann(tuesday), Facts{Held: []Layer{"offer_message"}}, tuesday, false, MessagePassed},
		{"a ghost is put off as its twin would be", letterTo(MessageGhost), ann(tuesday), contacted, tuesday, false, MessageGhost},
		{"a paused one waits", letterTo(MessageReady), ann(tuesday), Facts{Paused: []string{"offer_message"}}, tuesday, false, MessageReady},
		{"its ghost waits too", letterTo(MessageGhost), ann(tuesday), Facts{Paused: []string{"offer_message"}}, tuesday, false, MessageGhost},
		{"a ghost is blocked as its twin would be", letterTo(MessageGhost), openIssue(ann(tuesday)), Facts{}, tuesday, false, MessageBlocked},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s, err := p.BeforeSend(tc.m, tc.k, &tc.f, tc.now)
			if err != nil {
				t.Fatal(err)
			}
			if s.Go != tc.send || s.Message.State != tc.state {
				t.Errorf("go %v, %s (%s); want %v, %s", s.Go, s.Message.State, s.Why, tc.send, tc.state)
			}
			if tc.send && s.Message.To != "1 High Street" {
				t.Errorf("it goes to %q", s.Message.To)
			}
			if (s.Stamp != nil) != (tc.state == MessagePassed) {
				t.Errorf("stamp %+v", s.Stamp)
			}
			if tc.name == "put off" && !s.Message.NotBefore.Equal(time.Date(2026, 3, 11, 0, 0, 0, 0, time.UTC)) {
				t.Errorf("put off to %v", s.Message.NotBefore)
			}
		})
	}
}

func TestSentLeavesOneContact(t *testing.T) {
	t.Parallel()
	p := mustPolicy(t, testConfig())
	m, facts, stamp := p.Sent(letterTo(MessageReady), tuesday)
	_, again, _ := p.Sent(letterTo(MessageReady), tuesday)
	if diff := cmp.Diff(facts, again); diff != "" || len(facts) != 1 {
		t.Errorf("sending twice makes two facts:\n%s", diff)
	}
	c := facts[0].Body.(history.Contact)
	if m.State != MessageSent || !c.Proactive || c.Direction != "out" || c.Task != "message/77" || !stamp.Contacted {
		t.Errorf("%+v %+v %+v", m, c, stamp)
	}
}

func TestRecallAndRevive(t *testing.T) {
	t.Parallel()
	for _, state := range []TaskState{TaskReady, TaskGhost} {
		task := readyTask(1, 1)
		task.State, task.Ghost = state, state == TaskGhost
		c, did := Recall(task, "ops", tuesday)
		if !did || c.Task.State != TaskRecalled || c.Task.State.Open() {
			t.Fatalf("%s: %+v", state, c.Task)
		}
		if c, did = Revive(c.Task, "ops", tuesday); !did || c.Task.State != state || !c.Task.DoneAt.IsZero() {
			t.Errorf("revived as %s, was %s", c.Task.State, state)
		}
	}
}
