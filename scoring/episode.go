package scoring

import (
	"time"

	"holdfast/history"
	"holdfast/internal/stats"
)

// episode continues, begins or ends the customer's stay in the high band.
//
//	low … | high high high | medium … | high high …
//	       └── episode 1 ──┘           └── episode 2
//
// It ends on leaving the band, on a renewal, and after so many days; a stay
// that goes on then begins a new one.
func (c Config) episode(s *Score, prev Previous, renewed time.Time) {
	if s.Band != BandHigh {
		return
	}
	s.Episode, s.EpisodeStart = prev.Episode, prev.EpisodeStart
	// Days are those of the calendar: a night of 23 hours is one too.
	until := prev.EpisodeStart.In(s.AsOf.Location()).AddDate(0, 0, c.EpisodeMaxDays)
	over := prev.Episode == 0 || renewed.After(prev.EpisodeStart) || !s.AsOf.Before(until)
	if over {
		s.Episode, s.EpisodeStart = episodeID(s.Customer, s.AsOf), s.AsOf
	}
}

// episodeID is positive and the same however often the night is run.
func episodeID(c history.CustomerID, start time.Time) int64 {
	return int64(stats.Hash(uint64(c), uint64(start.UnixMicro()))>>1) | 1
}
