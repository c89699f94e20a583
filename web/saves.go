package web

import (
	"fmt"
	"net/http"

	"holdfast/access"
	"holdfast/measurement"
	"holdfast/nightly"
)

// savesView is the best saves of late: what agents claim, and what is still
// true at day 90.
type savesView struct {
	Claimed   []measurement.Handled // in the seven days before
	Sustained []measurement.Handled // claimed in seven days of which day 90 has come
	Days      int
	Files     bool // the user may open files
}

// savedRow is one of them.
type savedRow struct {
	Row   measurement.Handled
	Files bool
}

// Row is a save as it is shown.
func (v savesView) Row(h measurement.Handled) savedRow { return savedRow{h, v.Files} }

const (
	savesShown = 5
	savesDays  = 7
)

// bestSaves reads the best saves of customers whom the user may see.
func (s *site) bestSaves(r *request) (v savesView, err error) {
	now := s.Now()
	to := nightly.StartOfDay(now, s.zone, -measurement.SustainedAgo)
	v.Days, v.Files = savesDays, access.Can(r.user.Role, access.SeeRiskList)
	if v.Claimed, err = s.Handled.BestSaves(r.Context(), nightly.StartOfDay(now, s.zone, -savesDays), now, false, r.user.Segments, savesShown); err != nil {
		return v, fmt.Errorf("read the best saves: %w", err)
	}
	if v.Sustained, err = s.Handled.BestSaves(r.Context(), to.AddDate(0, 0, -savesDays), to, true, r.user.Segments, savesShown); err != nil {
		return v, fmt.Errorf("read the best saves that were sustained: %w", err)
	}
	if !access.Can(r.user.Role, access.SeePersonal) {
		for _, list := range [][]measurement.Handled{v.Claimed, v.Sustained} {
			for i := range list {
				list[i].Name, list[i].Note = "", ""
			}
		}
	}
	return v, nil
}

type savesAnswer struct {
	Body struct {
		Days      int          `json:"days" doc:"That are looked back."`
		Claimed   []apiHandled `json:"claimed" doc:"Worth most first, 5 at most."`
		Sustained []apiHandled `json:"sustained" doc:"Still here at day 90, which came in these days."`
	}
}

func (a *api) savesRoutes() {
	add(a, operation{
		method: http.MethodGet, path: "/saves", id: "best-saves", tag: "lists", action: access.SeeMorning, summary: "The best saves of late",
		text: "Of customers that the owner may see: claimed in the last seven days, and claimed before and still here at day 90, which came in the last seven. Neither proves that contact kept them.",
	}, func(c *call, _ *struct{}) (*savesAnswer, error) {
		v, err := a.bestSaves(&c.request)
		out := &savesAnswer{}
		out.Body.Days, out.Body.Claimed, out.Body.Sustained = v.Days, []apiHandled{}, []apiHandled{}
		for _, h := range v.Claimed {
			out.Body.Claimed = append(out.Body.Claimed, apiHandledOf(h, true))
		}
		for _, h := range v.Sustained {
			out.Body.Sustained = append(out.Body.Sustained, apiHandledOf(h, true))
		}
		return out, err
	})
}
