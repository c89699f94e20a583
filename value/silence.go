package value

// LogSilent is ln of the probability that the customer buys nothing within the
// next t. A history that is silent for t more is a history of age T+t, so that
// for every model
//
//	P(silent) = L(x, t_x, T+t)/L(x, t_x, T)
func LogSilent(m Buying, b Behaviour, t float64) float64 {
	later := b
	later.Age += t
	return min(0, m.LogLikelihood(later)-m.LogLikelihood(b))
}
