package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"holdfast/access"
	"holdfast/internal/fault"
)

// UnsubscribePath is where links of messages point, with the token behind it.
const UnsubscribePath = "/unsubscribe/"

// Mail takes what comes back from messages that left.
type Mail interface {
	// Known says whether a link is that of a message that left: else NotFound.
	Known(ctx context.Context, token string) error
	// Unsubscribe records the objection of the link's customer, once or again.
	Unsubscribe(ctx context.Context, token string, now time.Time) error
	// Returned takes in a delivery report (RFC 3464), and says what was done:
	// Invalid when it is none, NotFound when it is of no message of ours.
	Returned(ctx context.Context, report []byte, now time.Time) (string, error)
}

// unsubscribePage asks: a link is followed by programs too, and only a click
// on the button, or a mailbox's own (RFC 8058), objects.
func (s *site) unsubscribePage(w http.ResponseWriter, r *request) error {
	if s.Mail == nil {
		return fault.New(fault.NotFound, "there is no page here")
	}
	if err := s.Mail.Known(r.Context(), r.PathValue("token")); err != nil {
		return err
	}
	return s.show(w, r, "unsubscribe", r.in.Say("Messages from %s", s.Business.Name), unsubscribed{Token: r.PathValue("token")})
}

// unsubscribed is the body of the page of a message's link.
type unsubscribed struct {
	Token string // of the link
	Done  bool   // the objection is recorded
}

// unsubscribe objects.
//
// web: by the button of the page, and by mailboxes that post
// List-Unsubscribe=One-Click.
func (s *site) unsubscribe(w http.ResponseWriter, r *request) error {
	if s.Mail == nil {
		return fault.New(fault.NotFound, "there is no page here")
	}
	if err := s.Mail.Unsubscribe(r.Context(), r.PathValue("token"), s.Now()); err != nil {
		return err
	}
	return s.show(w, r, "unsubscribe", r.in.Say("Messages from %s", s.Business.Name), unsubscribed{Done: true})
}

type (
	returnedCall struct {
		RawBody []byte `contentType:"message/rfc822" doc:"The returned mail as it came, a multipart/report of RFC 3464."`
	}
	returnedAnswer struct {
		Body struct {
			Done string `json:"done" doc:"What was done, in words."`
		}
	}
)

func (a *api) mailRoutes() {
	add(a, operation{
		method: http.MethodPost, path: "/returned", id: "returned-mail", tag: "messages", action: access.SendFacts,
		summary: "A message that came back",
		text: "The delivery report as the mail server made it: the message has failed, and an address that does not exist " +
			"is not used again. A report that the message is late changes nothing. The same report twice does nothing more.",
	}, func(c *call, in *returnedCall) (*returnedAnswer, error) {
		if a.Mail == nil {
			return nil, fault.New(fault.NotFound, "no messages leave by e-mail here")
		}
		done, err := a.Mail.Returned(c.Context(), in.RawBody, a.Now())
		if err != nil {
			return nil, err
		}
		out := &returnedAnswer{}
		out.Body.Done = done
		return out, a.note(c, "take returned mail", done)
	})
	// Said so that 3.0 understands it too.
	a.OpenAPI().Paths["/returned"].Post.RequestBody.Content["message/rfc822"].Schema = &huma.Schema{Type: huma.TypeString}
}
