package interventions

import (
	"fmt"
	"strconv"
	"time"

	"holdfast/history"
	"holdfast/scoring"
)

// Subject is a selected customer with what their task or message is made of.
type Subject struct {
	Decision  *Decision
	Partition int
	Known     *Known
	Score     *scoring.Score
	Events    []CardEvent // see LastEvents
}

// Assign turns the decision of a selected customer into a task or a message,
// ghosts included, and an exposure, and adds them to out. Other decisions add
// nothing. Ids are keyed hashes of publication and key: assigning twice makes
// the same rows.
func (p *Policy) Assign(pub PublicationID, s Subject, out *Assignment) error {
	d := s.Decision
	switch d.Result {
	case ResultTreat, ResultGhost, ResultHoldout:
	default:
		return nil
	}
	i := p.index(d.Treatment)
	at := d.considered()
	if i < 0 || at == nil {
		return fmt.Errorf("assign customer %d: treatment %q was not considered", d.Customer, d.Treatment)
	}
	t := &p.cfg.Treatments[i]
	out.Exposures = append(out.Exposures, exposure(d, t))
	if t.Channel == ChannelPhone {
		task, err := p.task(pub, i, at, s)
		if err != nil {
			return fmt.Errorf("assign %s to customer %d: %w", t.Name, d.Customer, err)
		}
		out.Tasks = append(out.Tasks, task)
		return nil
	}
	m, err := p.message(pub, i, at, s)
	if err != nil {
		return fmt.Errorf("assign %s to customer %d: %w", t.Name, d.Customer, err)
	}
	out.Messages = append(out.Messages, m)
	return nil
}

func (p *Policy) index(treatment string) int {
	for i := range p.cfg.Treatments {
		if p.cfg.Treatments[i].Name == treatment {
			return i
		}
	}
	return -1
}

// The arms of an exposure.
const (
	ArmTreat         = "treat"
	ArmGhost         = "ghost"
	ArmGlobalHoldout = "global_holdout"
)

func exposure(d *Decision, t *Treatment) history.Exposure {
	assigned := d.Result
	if d.Assigned != "" { // an override changes what is done, not the arm
		assigned = d.Assigned
	}
	arm := map[Result]string{ResultTreat: ArmTreat, ResultGhost: ArmGhost, ResultHoldout: ArmGlobalHoldout}[assigned]
	return history.Exposure{
		Customer: d.Customer, Household: d.Household, At: d.AsOf, Purpose: string(t.Purpose),
		Treatment: t.Name, Arm: arm, Propensity: d.Propensity,
	}
}

// expires is the end of a treatment's time, or of the episode if sooner.
func (p *Policy) expires(t *Treatment, s *scoring.Score, asOf time.Time) time.Time {
	at := asOf.AddDate(0, 0, t.ExpiryDays)
	if (t.Family == FamilySave || t.Family == FamilyOffer) && !s.EpisodeStart.IsZero() {
		if end := s.EpisodeStart.AddDate(0, 0, p.cfg.EpisodeDays); end.Before(at) {
			return end
		}
	}
	return at
}

func (p *Policy) task(pub PublicationID, i int, at *Considered, s Subject) (Task, error) {
	t, d := &p.cfg.Treatments[i], s.Decision
	card, err := p.card(i, at, s)
	if err != nil {
		return Task{}, err
	}
	task := Task{
		ID:          TaskID(p.hash63("task", strconv.FormatInt(int64(pub), 10), at.Key)),
		Publication: pub, Key: at.Key, Customer: d.Customer, Household: d.Household, Partition: s.Partition,
		Treatment: t.Name, Family: t.Family, Channel: t.Channel, Purpose: t.Purpose, Episode: d.Episode,
		Milestone: at.Milestone, State: TaskReady,
		WorthMinor: int64(d.Worth.Total), Minutes: d.Minutes, ValuePerMinute: p.perMinute(d.Worth, s.Score.ValueMinor, d.Minutes),
		Skills: t.Skills, Signatory: t.Signatory, Zone: p.zoneOf(s.Known).String(),
		AsOf: d.AsOf, CreatedAt: d.AsOf, NotBefore: d.AsOf, ExpiresAt: p.expires(t, s.Score, d.AsOf), Card: card,
		Override: d.Override,
	}
	if len(t.Languages) > 0 {
		task.Language = s.Known.Attributes[p.cfg.LanguageAttribute]
	}
	if t.Offer != nil {
		task.OfferMinor = t.Offer.CostMinor
	}
	if d.Result != ResultTreat {
		task.Ghost, task.State = true, TaskGhost
	}
	return task, nil
}

func (p *Policy) message(pub PublicationID, i int, at *Considered, s Subject) (Message, error) {
	t, d := &p.cfg.Treatments[i], s.Decision
	texts, _, err := p.filled(i, s.Known, s.Score, at.Milestone)
	if err != nil {
		return Message{}, err
	}
	m := Message{
		ID:             MessageID(p.hash63("message", strconv.FormatInt(int64(pub), 10), at.Key)),
		IdempotencyKey: fmt.Sprintf("%016x", p.hash63("send", at.Key, t.Name)),
		Publication:    pub, Key: at.Key, Customer: d.Customer, Household: d.Household, Partition: s.Partition,
		Treatment: t.Name, Family: t.Family, Channel: t.Channel, Purpose: t.Purpose, Episode: d.Episode,
		Milestone: at.Milestone, State: MessageReady, To: pointFor(s.Known, t.Channel), Name: s.Known.Customer.Name,
		Subject: texts.Subject, Body: texts.Body, WorthMinor: int64(d.Worth.Total), Zone: p.zoneOf(s.Known).String(),
		AsOf: d.AsOf, CreatedAt: d.AsOf, NotBefore: d.AsOf, ExpiresAt: p.expires(t, s.Score, d.AsOf),
		Override: d.Override,
	}
	if d.Result != ResultTreat {
		m.Ghost, m.State = true, MessageGhost
	}
	return m, nil
}

// pointFor is the newest valid contact point of a channel, empty without one.
func pointFor(k *Known, c Channel) string {
	for _, at := range k.Points {
		if at.Channel == points[c] && points[c] != "" {
			return at.Value
		}
	}
	return ""
}
