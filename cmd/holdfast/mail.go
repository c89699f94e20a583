package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"holdfast/access"
	"holdfast/channels"
	"holdfast/interventions"
	"holdfast/store"
	"holdfast/web"
)

// unsubscribeLink is the address at which the customer of a message objects to
// more of its kind; empty for a message that promotes nothing.
func (a *app) unsubscribeLink(m interventions.Message) string {
	token := a.policy.UnsubscribeToken(&m)
	if token == "" {
		return ""
	}
	return strings.TrimSuffix(a.cfg.Web.PublicURL, "/") + web.UnsubscribePath + token
}

// addressGivenUp writes down that nothing more goes to the address of a message.
func (a *app) addressGivenUp(ctx context.Context, m interventions.Message, why string) error {
	return a.store.Audit(ctx, access.Entry{
		At: a.p.Now(), Who: "system", What: "give up an address", Subject: fmt.Sprintf("customer %d", m.Customer), Detail: why,
	})
}

// addressesDoubted says whether a channel's receiver refused most messages of the
// last hour: then a wrong relay is likelier than that many wrong addresses.
func (a *app) addressesDoubted(ctx context.Context, channel interventions.Channel) (bool, error) {
	list, err := a.store.RefusedMessages(ctx, a.p.Now().Add(-time.Hour))
	return slices.ContainsFunc(list, func(r store.Refused) bool { return r.Channel == channel && r.Most() }), err
}

// mailbox takes what comes back from messages that left.
type mailbox struct{ a *app }

// Unsubscribe records the objection of the customer of a message, at once.
//
// web: by the link of a message.
func (b mailbox) Unsubscribe(ctx context.Context, token string, now time.Time) error {
	key, err := b.a.policy.TokenKey(token)
	if err != nil {
		return err
	}
	m, err := b.a.store.MessageByKey(ctx, key)
	if err != nil {
		return err
	}
	if err := b.a.store.RecordFacts(ctx, now, b.a.policy.Objection(&m, now)); err != nil {
		return fmt.Errorf("record an objection: %w", err)
	}
	return b.a.store.Audit(ctx, access.Entry{
		At: now, Who: "system", What: "unsubscribe", Subject: fmt.Sprintf("customer %d", m.Customer), Detail: "by the link of a message",
	})
}

// Known says whether a link is that of a message that left.
func (b mailbox) Known(ctx context.Context, token string) error {
	key, err := b.a.policy.TokenKey(token)
	if err != nil {
		return err
	}
	_, err = b.a.store.MessageByKey(ctx, key)
	return err
}

// Returned takes in a delivery report: a message that was given up has failed,
// and an address that is none is not used again. It says what was done.
//
// web: by the API, from the mail server that gets returned mail.
func (b mailbox) Returned(ctx context.Context, report []byte, now time.Time) (string, error) {
	r, err := channels.ParseBounce(bytes.NewReader(report))
	if err != nil {
		return "", err
	}
	m, err := b.a.store.MessageByKey(ctx, r.Key)
	if err != nil {
		return "", err
	}
	if !r.Failed {
		return "late: the mail server goes on trying", nil
	}
	if m.State == interventions.MessageFailed {
		return "known before", nil
	}
	known, err := b.a.store.Known(ctx, m.Customer, now)
	if err != nil {
		return "", err
	}
	from := m.State
	m, facts := b.a.policy.Returned(m, &known, r.Address, strings.TrimSpace(r.Status+" "+r.Why), now)
	if err := b.a.store.SaveMessage(ctx, from, m, facts, nil); err != nil {
		return "", err
	}
	if len(facts) > 0 {
		return "failed; the address is not used again", nil
	}
	return "failed", nil
}
