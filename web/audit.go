package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"holdfast/access"
	"holdfast/internal/fault"
)

type auditView struct {
	Part    bool // only what concerns how the system is run
	Entries []access.Entry
	Kinds   []string // of what concerns how the system is run, to choose from
	Asked   url.Values
	Export  string // where all that was asked for is
	Older   string // where the next page is; empty at the end
}

const auditShown = 100

// auditSearch reads what is asked for of the audit, as far as the user's role
// reaches. Days are whole ones of the business.
func (s *site) auditSearch(r *request) (q access.Search, err error) {
	v := r.URL.Query()
	q = access.Search{Who: v.Get("who"), What: v.Get("what"), Subject: v.Get("subject"), Text: v.Get("text")}.Within(r.user.Role)
	if t := v.Get("before"); t != "" {
		if q.Before, err = strconv.ParseInt(t, 10, 64); err != nil || q.Before < 1 {
			return q, fault.New(fault.Invalid, "there is no entry %q", t)
		}
	}
	for _, d := range []struct {
		name string
		into *time.Time
		days int
	}{{"from", &q.From, 0}, {"to", &q.To, 1}} {
		t := v.Get(d.name)
		if t == "" {
			continue
		}
		day, err := time.ParseInLocation(time.DateOnly, t, s.zone)
		if err != nil {
			return q, fault.New(fault.Invalid, "%s: %q is not a day such as 2026-11-22", d.name, t)
		}
		*d.into = day.AddDate(0, 0, d.days)
	}
	return q, nil
}

func (s *site) auditPage(w http.ResponseWriter, r *request) error {
	asked := r.URL.Query()
	q, err := s.auditSearch(r)
	if err != nil {
		return err
	}
	q.Limit = auditShown
	v := auditView{Asked: asked, Part: q.Operation, Kinds: access.OperationKinds()}
	slices.Sort(v.Kinds)
	if v.Entries, err = s.Audits.AuditEntries(r.Context(), q); err != nil {
		return fmt.Errorf("read the audit: %w", err)
	}
	asked.Del("before")
	v.Export = "/audit.csv?" + asked.Encode()
	if len(v.Entries) == auditShown {
		asked.Set("before", strconv.FormatInt(v.Entries[auditShown-1].ID, 10))
		v.Older = "/audit?" + asked.Encode()
	}
	return s.show(w, r, "audit", "Audit", v)
}

// AuditColumns are those of an export of the audit.
var AuditColumns = []string{"id", "at", "who", "what", "subject", "detail", "address", "hash"}

// AuditCells are an entry's values of AuditColumns.
func AuditCells(e access.Entry) []string {
	return []string{
		strconv.FormatInt(e.ID, 10), e.At.UTC().Format(time.RFC3339Nano), e.Who, e.What, e.Subject, e.Detail, e.Address, e.Hash,
	}
}

// auditExport streams the entries of a search as CSV, and is one itself.
func (s *site) auditExport(w http.ResponseWriter, r *request) error {
	q, err := s.auditSearch(r)
	if err != nil {
		return err
	}
	if err := s.note(r, "export the audit", "", r.URL.RawQuery); err != nil {
		return err
	}
	return s.download(w, "audit", AuditColumns, func(write func(...string) error) error {
		return access.Each(r.Context(), s.Audits, q, func(e access.Entry) error { return write(AuditCells(e)...) })
	})
}

// note writes what somebody does into the audit.
func (s *site) note(r *request, what, subject, detail string) error {
	return s.Door.Audit(r.Context(), access.Entry{
		At: s.Now(), Who: r.user.Name, What: what, Subject: subject, Detail: detail, Address: r.address(),
	})
}
