package queue

import "time"

// Linger changes how long the worker's server goes on without work.
func (c *Courier) Linger(d time.Duration) { c.Worker.linger = d }

// Commands returns how many commands the embedded Redis was ever sent.
func (r *Redis) Commands() int { return r.mini.CommandCount() }
