package history

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
)

// ContentHash is the hash of what a fact says: when it was true, and its body.
// Two versions of a fact with the same hash say the same. It is never 0, which
// stands for a retraction.
func ContentHash(f Fact) (uint64, error) {
	body, err := json.Marshal(f.Body) // maps in order of their keys
	if err != nil {
		return 0, fmt.Errorf("write the body of fact %d of customer %d: %w", f.Ref, f.Customer, err)
	}
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%s %d ", f.Kind, f.Occurred.UnixMicro())
	_, _ = h.Write(body)
	return max(h.Sum64(), 1), nil
}
