package simulate

import "holdfast/internal/stats"

// die answers each question about one customer on one day, the same way
// whenever it is asked and whatever else was asked. Two arms that share a die
// differ by the treatment alone.
type die uint64

// question names one random choice.
type question uint64

const (
	askMood question = iota + 1
	askUsage
	askDrift
	askIssue
	askIssueEnd
	askTrouble
	askBill
	askFate
	askChoice
	askPlan
	askVisit
	askVisitTime
	askSurvey
	askScore
	askInbound
	askConsent
	askProfile
	askReachable
	askAnswer
	askTalk
	askOutcome
	askFlaw // flaws of each row written: late, corrected, doubled
)

// luck is one customer's randomness: seed and index.
func luck(seed uint64, index uint32) uint64 { return stats.Hash(seed, uint64(index)) }

// on makes the die of one day.
func on(luck uint64, day int) die { return die(stats.Hash(luck, uint64(int64(day)))) }

// bits answers with 64 random bits.
func (d die) bits(q question) uint64 { return stats.Hash(uint64(d), uint64(q)) }

// uniform answers with a number in [0, 1).
func (d die) uniform(q question) float64 { return float64(d.bits(q)>>11) * 0x1p-53 }

// normal answers with a number of mean 0 and deviation 1, nearly normal: the
// sum of four 16-bit uniforms, never beyond 3.5.
func (d die) normal(q question) float64 { return bell(d.bits(q)) }

func bell(b uint64) float64 {
	sum := b&0xffff + b>>16&0xffff + b>>32&0xffff + b>>48
	const scale = 1.7320508075688772 / 65536 // √(12/4) per uniform
	return (float64(sum) - 2*65535) * scale
}
