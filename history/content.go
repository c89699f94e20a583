package history

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strconv"
)

// ContentHash is the hash of what a fact says: when it was true, and its body.
// Two versions of a fact with the same hash say the same. It is never 0, which
// stands for a retraction.
func ContentHash(f Fact) (uint64, error) {
	body, err := json.Marshal(f.Body) // maps in order of their keys
	if err != nil {
		return 0, fmt.Errorf("write the body of fact %d of customer %d: %w", f.Ref, f.Customer, err)
	}
	return HashContent(f.Kind, f.Occurred.UnixMicro(), body), nil
}

// HashContent is the ContentHash of a fact that was true from occurred on, in
// microseconds, and whose body is given as JSON.
func HashContent(kind FactKind, occurred int64, body []byte) uint64 {
	head := make([]byte, 0, 64)
	head = append(append(head, kind...), ' ')
	head = append(strconv.AppendInt(head, occurred, 10), ' ')
	h := fnv.New64a()
	_, _ = h.Write(head)
	_, _ = h.Write(body)
	return max(h.Sum64(), 1)
}
