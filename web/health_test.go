package web_test

import (
	"net/http"
	"testing"

	"holdfast/internal/fault"
)

// TestReadyAsLongAsTheDatabaseAnswers: who balances the load learns that the
// database is gone, the process lives on, and nothing more is told.
func TestReadyAsLongAsTheDatabaseAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	nobody := w.browser(t)
	nobody.get("/readyz").must(t, http.StatusOK, "ready")
	w.broken = fault.New(fault.Unavailable, "connect to db.internal: refused")
	nobody.get("/readyz").must(t, http.StatusServiceUnavailable, "the database does not answer").without(t, "db.internal")
	nobody.get("/healthz").must(t, http.StatusOK, "ok")
}
