package nightly

import "sync"

// Memory is what a process held of memory while it worked on a stage, in
// bytes; 0 where its system does not say.
type Memory struct {
	Peak int64 `json:"peak,omitempty"` // resident, at most
	Live int64 `json:"live,omitempty"` // in use by the program when a shard ended, at most
}

// Most returns the larger of each.
func (m Memory) Most(o Memory) Memory { return Memory{max(m.Peak, o.Peak), max(m.Live, o.Live)} }

// Meter reads the memory of this process, stage by stage.
type Meter struct {
	Reset func()        // forgets the peak so far
	Read  func() Memory // since then

	mu   sync.Mutex
	work Work // the newest begun, as its stage
}

// begin forgets the peak when the work is of another stage than the last.
func (m *Meter) begin(w Work) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if w.Shard = 0; w != m.work {
		m.work = w
		m.Reset()
	}
}

func (m *Meter) read() Memory {
	if m == nil {
		return Memory{}
	}
	return m.Read()
}

// Metered lets the night record what each stage holds of memory.
func (n *Night) Metered(m *Meter) *Night {
	n.meter = m
	return n
}
