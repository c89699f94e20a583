package web

import (
	"context"
	"net/http"

	"holdfast/access"
	"holdfast/history"
)

// Feeds takes single rows of feeds in.
type Feeds interface {
	// Send imports rows of a feed, each with the values of its columns by name,
	// with the checks of a file of the feed: NotFound for an unknown feed,
	// Invalid when too many rows cannot be used, and nothing is kept then.
	Send(ctx context.Context, feed string, rows []map[string]string) (history.Import, error)
}

type (
	sendCall struct {
		Feed string `path:"feed"`
		Body struct {
			Rows []map[string]string `json:"rows" minItems:"1" maxItems:"1000" doc:"Each with the values of the feed's columns, by name."`
		}
	}
	rejectionsCall struct {
		ListRef
		After int `query:"after" minimum:"0"`
	}
	apiRejection struct {
		Row    int64  `json:"row"`
		File   string `json:"file"`
		Column string `json:"column,omitempty"`
		Value  string `json:"value"`
		Reason string `json:"reason"`
	}
	rejectionsAnswer struct {
		Body struct {
			Rejections []apiRejection `json:"rejections"`
			Next       int            `json:"next,omitempty" doc:"None at the end."`
		}
	}
)

func (a *api) feedRoutes() {
	add(a, operation{
		method: http.MethodPost, path: "/feeds/{feed}/rows", id: "send-rows", tag: "feeds", action: access.SendFacts,
		summary: "Send rows of a feed",
		text: "Events, contacts, service issues, consents, customers: whatever the configuration's feeds describe, with the " +
			"same columns, checks and rejections as a file. A feed with a key takes the same row twice as one, and another " +
			"content as a correction; without a key, the same rows sent again add nothing.",
	},
		func(c *call, in *sendCall) (*importAnswer, error) {
			imp, err := a.Feeds.Send(c.Context(), in.Feed, in.Body.Rows)
			if err != nil {
				return nil, err
			}
			return &importAnswer{apiImportOf(imp)}, a.note(c, "send rows of "+in.Feed, "")
		})
	add(a, operation{
		method: http.MethodGet, path: "/imports", id: "imports", tag: "feeds", action: access.SeeNights, summary: "The newest imports",
		text: "A hundred at most, with what each added, corrected, retracted and rejected.",
	},
		func(c *call, _ *struct{}) (*importsAnswer, error) {
			list, err := a.Imports.Imports(c.Context(), importsShown)
			out := &importsAnswer{}
			out.Body.Imports = make([]apiImport, len(list))
			for i, imp := range list {
				out.Body.Imports[i] = apiImportOf(imp)
			}
			return out, err
		})
	add(a, operation{
		method: http.MethodGet, path: "/imports/{id}", id: "import", tag: "feeds", action: access.SeeNights, summary: "One import",
		text: "What it added, corrected, retracted and rejected, and whether it was undone.",
	},
		func(c *call, in *ListRef) (*importAnswer, error) {
			imp, err := a.Imports.Import(c.Context(), history.ImportID(in.ID))
			return &importAnswer{apiImportOf(imp)}, err
		})
	add(a, operation{
		method: http.MethodGet, path: "/imports/{id}/rejections", id: "rejections", tag: "feeds", action: access.SeeRejections,
		summary: "Rows that an import could not use",
		text:    "A hundred at a time, each with its place, its value and what is wrong with it. Send next back as after for the rest.",
	}, a.rejections)
}

func (a *api) rejections(c *call, in *rejectionsCall) (*rejectionsAnswer, error) {
	list, err := a.Imports.Rejections(c.Context(), history.ImportID(in.ID), in.After, rejectionsShown)
	out := &rejectionsAnswer{}
	out.Body.Rejections = make([]apiRejection, len(list))
	for i, r := range list {
		out.Body.Rejections[i] = apiRejection{r.Row, r.File, r.Column, r.Value, r.Reason}
	}
	if len(list) == rejectionsShown {
		out.Body.Next = in.After + rejectionsShown
	}
	return out, err
}
