package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"holdfast/channels"
	"holdfast/internal/fault"
	"holdfast/internal/stats"
	"holdfast/interventions"
	"holdfast/queue"
	"holdfast/web"
)

// jobDigest sends the week to those who are to have it.
const jobDigest = "digest"

func (p *program) digestCmd() *cobra.Command {
	var send bool
	c := &cobra.Command{
		Use: "digest", Short: "the week in a few lines, as web.digest.recipients get it", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !send {
				return p.withApp(cmd.Context(), reads, func(a *app) error { return a.showDigest(cmd.Context()) })
			}
			return p.withApp(cmd.Context(), writes, func(a *app) error {
				sent, err := a.sendDigest(cmd.Context())
				if err == nil {
					a.p.say("sent to %d of %d recipients; the others had it already", sent, len(a.cfg.Web.Digest.Recipients))
				}
				return err
			})
		},
	}
	c.Flags().BoolVar(&send, "send", false, "send it now to whoever has not had this week's")
	return c
}

// digest is the week's text.
func (a *app) digest(ctx context.Context) (e web.Executive, subject, text string, err error) {
	d, err := a.deps()
	if err != nil {
		return e, "", "", err
	}
	if e, err = d.Executive(ctx, a.p.Now()); err != nil {
		return e, "", "", err
	}
	address := a.cfg.Web.PublicURL
	if address == "" {
		address = "http://" + a.cfg.Web.Listen
	}
	subject, text, err = e.DigestText(d.Config, d.Business, address)
	return e, subject, text, err
}

func (a *app) showDigest(ctx context.Context) error {
	e, subject, text, err := a.digest(ctx)
	if err != nil {
		return err
	}
	return a.p.print(map[string]any{"week": e.Week, "subject": subject, "text": text, "recipients": a.cfg.Web.Digest.Recipients}, func() {
		a.p.say("%s\n\n%s", subject, text)
	})
}

// sendDigest sends this week's digest to every recipient who has not had it.
// Each is claimed before the call: what a crash leaves in between may have left
// and is not sent again.
func (a *app) sendDigest(ctx context.Context) (sent int, err error) {
	if len(a.cfg.Web.Digest.Recipients) == 0 {
		return 0, fault.New(fault.Invalid, "web.digest.recipients names nobody: add addresses")
	}
	e, subject, text, err := a.digest(ctx)
	if err != nil {
		return 0, err
	}
	cfg := a.cfg.Channels
	cfg.Secret, cfg.SMTP.Password = a.p.Getenv(channels.EnvironmentSecret), a.p.Getenv(channels.EnvironmentPassword)
	carriers, err := cfg.NewCarriers(a.p.Now, func(interventions.Message) string { return "" })
	if err != nil {
		return 0, err
	}
	carrier := carriers[interventions.ChannelEmail]
	if carrier == nil {
		return 0, fault.New(fault.Invalid, "channels.carriers.email names no way for e-mail to leave: write smtp or file")
	}
	var failed error
	for _, to := range a.cfg.Web.Digest.Recipients {
		mine, err := a.store.BeginDigest(ctx, e.Week, to, a.p.Now())
		if err != nil {
			return sent, err
		}
		if !mine {
			continue
		}
		_, err = carrier.Send(ctx, interventions.Message{
			IdempotencyKey: fmt.Sprintf("digest-%s-%016x", e.Week, stats.HashString(to)), Channel: interventions.ChannelEmail, Purpose: interventions.PurposeService,
			To: to, Subject: subject, Body: text,
		})
		if errors.Is(err, channels.ErrUnclear) {
			a.log.Warn("nobody can tell whether a digest left; it is not sent again", "week", e.Week, "error", err.Error())
			continue
		}
		if e2 := a.store.EndDigest(ctx, e.Week, to, err == nil); e2 != nil {
			return sent, e2
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("send the digest of %s: %w", e.Week, err))
			continue
		}
		sent++
	}
	return sent, failed
}

// sendDigestJob is sendDigest.
//
// scheduled: by the weekly slot, once.
func (a *app) sendDigestJob(ctx context.Context, _ queue.Job, _ queue.Lease) error {
	_, err := a.sendDigest(ctx)
	return err
}

// digestSlot is when the week goes out; false when nobody is to have it.
func (a *app) digestSlot() (queue.Entry, bool) {
	c := a.cfg.Web.Digest
	return queue.Entry{Name: "digest", Spec: cronAt(c.At, c.Day), Kind: jobDigest}, len(c.Recipients) > 0
}
