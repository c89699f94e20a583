package simulate

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"holdfast/internal/fault"
)

// FeedFile is one file that WriteFeeds wrote.
type FeedFile struct {
	Feed string // customers, subscriptions, events, issues, contacts, consents
	Path string
	Rows int // without the header
}

// feed is the form of one file. All times are ISO 8601 UTC, all amounts have
// two decimals, deleted is true or false.
type feed struct {
	name, file string
	columns    string
}

// feeds are in the order of tables.
//
//   - customers: a row for every version of the master data; changed is since
//     when it is true. Nothing but the key need be there.
//   - subscriptions: a row for every version: begun, renewed (renews moves), plan
//     or price changed, and at last once more with ended and end_kind
//     (voluntary, involuntary, unavoidable). changed is when the version began.
//   - events: kinds payment, payment_failed (amount tried), visit (quantity is
//     minutes) and survey (quantity is the answer, 0 to 10). A corrected event
//     is there again under its id; a withdrawn one with deleted true.
//   - issues: a row when opened, the same again when closed. Severity 1 to 5.
//   - contacts: what customers began (direction in). Ours are not in it.
//   - consents: an empty purpose or channel stands for all.
var feeds = [tables]feed{
	{"customers", "customers.csv", "key,name,phone,email,household,segment,acquisition_channel,language,time_zone,birth_year,changed,recorded,deleted"},
	{"subscriptions", "subscriptions.csv", "id,customer,plan,start,renews,price,period_months,ended,end_kind,changed,recorded,deleted"},
	{"events", "events.csv.gz", "id,customer,kind,occurred,amount,quantity,channel,recorded,deleted"},
	{"issues", "issues.csv", "id,customer,category,severity,opened,closed,recorded,deleted"},
	{"contacts", "contacts.csv", "id,customer,channel,purpose,direction,at,disposition,recorded,deleted"},
	{"consents", "consents.csv", "id,customer,purpose,channel,allowed,at,recorded,deleted"},
}

// Columns returns the names of the columns of a feed's file.
func Columns(name string) ([]string, error) {
	for _, f := range feeds {
		if f.name == name {
			return strings.Split(f.columns, ","), nil
		}
	}
	return nil, fault.New(fault.NotFound, "the business has no feed %q", name)
}

// pieceRows is about how many rows are written as one gzip member.
const pieceRows = 1 << 16

// WriteFeeds writes six files into a directory: every fact that was recorded in
// [since, until), by time. A zero since begins with the beginning. Windows that
// follow each other give each fact exactly once. Until may not lie after the
// open day's beginning, as facts of that day are not known yet.
func (b *Business) WriteFeeds(dir string, since, until time.Time) ([]FeedFile, error) {
	if known := b.clock(b.day); until.After(known) {
		return nil, fault.New(fault.Invalid, "write feeds until %s: facts are known until %s; advance the business first",
			until.UTC().Format(time.RFC3339), known.Format(time.RFC3339))
	}
	if until.Before(since) {
		return nil, fault.New(fault.Invalid, "write feeds: since %s is after until %s",
			since.UTC().Format(time.RFC3339), until.UTC().Format(time.RFC3339))
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("write feeds: %w", err)
	}
	files, err := createFeeds(dir)
	if err != nil {
		return nil, fmt.Errorf("write feeds: %w", err)
	}
	pieces := b.ledger.between(seconds(since), seconds(until))
	for from := 0; from < len(pieces); from += runtime.GOMAXPROCS(0) {
		some := pieces[from:min(len(pieces), from+runtime.GOMAXPROCS(0))]
		done := make([]encoded, len(some))
		parallel(len(some), func(i int) { done[i] = b.encode(some[i]) })
		for _, e := range done {
			files.append(&e)
		}
	}
	out, err := files.close()
	if err != nil {
		return nil, fmt.Errorf("write feeds: %w", err)
	}
	return out, nil
}

// seconds counts the seconds of recorded times before an instant, so that a
// fact at second s is before t if and only if s < seconds(t).
func seconds(t time.Time) uint32 {
	s := t.Unix()
	if t.Nanosecond() > 0 {
		s++
	}
	return uint32(min(max(0, s), math.MaxUint32))
}

// encoded is one piece in the form of each feed, compressed where the feed is.
type encoded struct {
	bytes [tables][]byte
	rows  [tables]int
}

func (b *Business) encode(rows []row) encoded {
	var e encoded
	e.bytes[eventsTable] = make([]byte, 0, 96*len(rows)) // most rows are events of less than 96 bytes
	for i := range rows {
		r := &rows[i]
		e.bytes[r.table] = b.appendRow(e.bytes[r.table], r)
		e.rows[r.table]++
	}
	e.bytes[eventsTable] = squeezed(e.bytes[eventsTable])
	return e
}

// squeezed is one gzip member; members one after another are one gzip file.
func squeezed(plain []byte) []byte {
	if len(plain) == 0 {
		return nil
	}
	var out bytes.Buffer
	out.Grow(len(plain) / 3)
	z, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed) // the level is a valid one
	// Writing to memory cannot fail.
	_, _ = z.Write(plain)
	_ = z.Close()
	return out.Bytes()
}

// openFeeds are the files being written, under names that no watcher takes for
// a feed until they are whole.
type openFeeds struct {
	dir   string
	files [tables]*os.File
	rows  [tables]int
	err   error // the first
}

const unfinished = ".part"

func createFeeds(dir string) (*openFeeds, error) {
	o := &openFeeds{dir: dir}
	for t, f := range feeds {
		file, err := os.Create(filepath.Join(dir, f.file+unfinished))
		if err != nil {
			o.err = err
			_, err = o.close()
			return nil, err
		}
		o.files[t] = file
		header := []byte(f.columns + "\n")
		if table(t) == eventsTable {
			header = squeezed(header)
		}
		o.write(table(t), header)
	}
	return o, nil
}

func (o *openFeeds) write(t table, b []byte) {
	if _, err := o.files[t].Write(b); err != nil && o.err == nil {
		o.err = err
	}
}

func (o *openFeeds) append(e *encoded) {
	for t := range tables {
		o.write(t, e.bytes[t])
		o.rows[t] += e.rows[t]
	}
}

// close gives the files their names, or removes them all after a failure.
func (o *openFeeds) close() ([]FeedFile, error) {
	for _, file := range o.files {
		if file == nil {
			continue
		}
		if err := file.Close(); err != nil && o.err == nil {
			o.err = err
		}
	}
	out := make([]FeedFile, 0, tables)
	for t, f := range feeds {
		path := filepath.Join(o.dir, f.file)
		if o.err != nil {
			_ = os.Remove(path + unfinished) // the failure is what is reported
			continue
		}
		o.err = os.Rename(path+unfinished, path)
		out = append(out, FeedFile{Feed: f.name, Path: path, Rows: o.rows[t]})
	}
	return out, o.err
}
