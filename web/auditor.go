package web

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"holdfast/internal/fault"
	"holdfast/interventions"
)

// armsView shows the sealed arms to the auditor.
type armsView struct {
	Layers []armLayer
	Arms   []interventions.Arm
	More   int // not shown
	Page   int
	Next   int
}

type armLayer struct {
	Layer      interventions.Layer
	Held, Free int
}

const armsShown = 200

func (s *site) armsPage(w http.ResponseWriter, r *request) error {
	now := s.Now()
	if err := s.note(r, "read arms", "", ""); err != nil {
		return err
	}
	arms, err := s.Sealed.Arms(r.Context(), now)
	if err != nil {
		return fmt.Errorf("read the arms: %w", err)
	}
	v := armsView{Page: 1}
	if t := r.FormValue("page"); t != "" {
		if v.Page, err = strconv.Atoi(t); err != nil || v.Page < 1 || v.Page > 1e6 {
			return fault.New(fault.Invalid, "there is no page %q", t)
		}
	}
	at := map[interventions.Layer]int{}
	running := arms[:0:0]
	for _, a := range arms {
		if !a.Until.IsZero() && !a.Until.After(now) {
			continue
		}
		running = append(running, a)
		i, ok := at[a.Layer]
		if !ok {
			i = len(v.Layers)
			at[a.Layer] = i
			v.Layers = append(v.Layers, armLayer{Layer: a.Layer})
		}
		if a.Held {
			v.Layers[i].Held++
		} else {
			v.Layers[i].Free++
		}
	}
	from := min((v.Page-1)*armsShown, len(running))
	to := min(from+armsShown, len(running))
	v.Arms = running[from:to]
	if v.More = len(running) - to; v.More > 0 {
		v.Next = v.Page + 1
	}
	return s.show(w, r, "arms", "Arms", v)
}

// retryAfter is the header's value for a wait.
func retryAfter(wait time.Duration) string {
	return strconv.Itoa(int((wait + time.Second - 1) / time.Second))
}
