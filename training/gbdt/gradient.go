package gbdt

import (
	"math"

	"holdfast/internal/stats"
)

// pair is the first and second derivative of a row's loss by its margin, times
// its weight.
type pair struct{ g, h float64 }

// unit is what one step of a packed gradient and of a packed hessian is worth.
type unit struct{ g, h float64 }

// pairOf returns the derivatives of a row at what was predicted for it.
func (b *booster) pairOf(i int32) pair {
	p := b.predicted[i]
	d := pair{p - b.sample.y[i], 1}
	if b.opt.Loss == LogLoss {
		d.h = p * (1 - p)
	}
	if w := b.sample.w; w != nil {
		d.g *= w[i]
		d.h *= w[i]
	}
	return d
}

// derivatives predicts the outcomes of the given rows and returns the sums of
// the |g| and h of their pairs.
func (b *booster) derivatives(of []int32) (absolute, hessian float64) {
	parts := make([]pair, blocks(len(of)))
	eachBlock(b.opt.Workers, len(of), func(block, from, to int) {
		var p pair
		for _, i := range of[from:to] {
			b.predicted[i] = predicted(b.opt.Loss, b.score[i])
			d := b.pairOf(i)
			p.g += math.Abs(d.g)
			p.h += d.h
		}
		parts[block] = p
	})
	for _, p := range parts {
		absolute += p.g
		hessian += p.h
	}
	return absolute, hessian
}

// predicted is the outcome that a margin expects.
func predicted(loss Loss, margin float64) float64 {
	if loss == SquaredError {
		return margin
	}
	return stats.Sigmoid(margin)
}

// pack turns the pairs of the given rows into integers: the gradient in the high
// 32 bits, signed, the hessian in the low 32. The units are so small that the sum
// over all rows just fits, and so no sum over some of them carries over. A number
// between two steps is rounded up as often as it is near to the upper one, by a
// hash of the seed, the round and the row, so that sums are right on average.
func (b *booster) pack(of []int32, absolute, hessian float64, round int) unit {
	steps := pair{perUnit(1<<31-1, absolute, len(of)), perUnit(1<<32-1, hessian, len(of))}
	key := stats.Hash(b.opt.Seed, stats.HashString("rounding"), uint64(round))
	eachBlock(b.opt.Workers, len(of), func(_, from, to int) {
		for _, i := range of[from:to] {
			b.packed[i] = packedPair(b.pairOf(i), steps, mix(key^uint64(i)))
		}
	})
	return unit{1 / steps.g, 1 / steps.h}
}

// perUnit returns how many steps make one: room for the sum and for every row
// rounded up.
func perUnit(room, total float64, rows int) float64 {
	if !(total > 0) {
		return 1
	}
	return math.Min((room-float64(2*rows))/total, math.MaxFloat32)
}

func packedPair(p, steps pair, noise uint64) uint64 {
	const shift = 1 << 31 // makes the gradient positive, so that cutting off rounds down
	g := int64(float64(p.g*steps.g)+(shift+float64(uint32(noise))*0x1p-32)) - shift
	h := uint64(float64(p.h*steps.h) + float64(uint32(noise>>32))*0x1p-32)
	return uint64(g)<<32 + h
}

// mix spreads a counter over 64 bits (the finaliser of splitmix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// meanLoss returns the weighted mean loss of the given rows.
func (b *booster) meanLoss(of []int32) (loss, weight float64) {
	type part struct{ loss, weight float64 }
	parts := make([]part, blocks(len(of)))
	eachBlock(b.opt.Workers, len(of), func(block, from, to int) {
		var p part
		for _, i := range of[from:to] {
			w := b.sample.weight(i)
			p.weight += w
			p.loss += float64(w * rowLoss(b.opt.Loss, b.sample.y[i], b.score[i]))
		}
		parts[block] = p
	})
	for _, p := range parts {
		loss += p.loss
		weight += p.weight
	}
	return loss / weight, weight
}

// rowLoss is the loss of one row.
func rowLoss(loss Loss, y, margin float64) float64 {
	if loss == SquaredError {
		d := margin - y
		return d * d / 2
	}
	if y == 1 {
		margin = -margin
	}
	return math.Max(margin, 0) + math.Log1p(math.Exp(-math.Abs(margin)))
}
