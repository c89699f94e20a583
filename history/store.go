package history

import (
	"context"
	"time"
)

// SegmentID identifies an immutable block of events of one partition and month.
type SegmentID int64

// Segment is an immutable Parquet block of the events of one partition that
// occurred in one month (months since year 0: year*12 + month-1), UTC.
type Segment struct {
	ID        SegmentID
	Partition int
	Month     int
	Rows      int
	Min, Max  time.Time // of Occurred
	Checksum  string    // hex sha-256 of Payload
	Payload   []byte
}

// Replacement is a segment and the one that the manifest showed when it was
// made, 0 if none.
type Replacement struct {
	Replaces SegmentID
	Segment  Segment
}

// Import is one run of a feed over one or more files. It is invisible until
// published, and publishing gives it a manifest version.
type Import struct {
	ID        ImportID
	Feed      string
	Files     []string
	Hash      string // of the files' bytes, in order
	Backfill  bool
	Started   time.Time
	Published time.Time // zero: a draft that the sweeper deletes
	Undone    time.Time
	Version   int64 // manifest version it became visible at
	Read      int64 // rows read
	Added     int64 // new facts and events
	Corrected int64
	Retracted int64
	Unchanged int64 // rows that said nothing new
	Rejected  int64
	Assumed   int64 // facts whose recorded time is assumed
	Customers int64 // customers created
	Note      string
	Refused   bool        `json:",omitempty"` // too many rows could not be used: nothing of it is in the history
	First     []Rejection `json:",omitempty"` // the first rows of a refused import that could not be used, of Run alone
}

// Rejection is one row that an import could not use.
type Rejection struct {
	Import ImportID
	File   string
	Row    int64 // line for CSV, row for Parquet, from 1
	Column string
	Value  string // clipped
	Reason string
}

// ImportStore is what an import needs of the database. Everything it saves
// stays invisible until PublishImport. No call writes more than 500 rows, one
// segment, or small ones that make up one, in one transaction; callers may pass
// more.
type ImportStore interface {
	// BeginImport makes an unpublished import and returns its id. It is
	// NotFound-free and may be called while other imports run.
	BeginImport(ctx context.Context, imp Import) (ImportID, error)
	// FindImport returns the published, not undone import of these bytes, if any.
	FindImport(ctx context.Context, feed, hash string) (Import, bool, error)
	// Partitions is fixed when the database is made.
	Partitions() int
	// Vocabulary returns the codes, adding the words it has not seen.
	Vocabulary(ctx context.Context, kinds, channels []string) (Vocabulary, error)
	// NewestNight is the as-of of the newest completed night; zero if none.
	NewestNight(ctx context.Context) (time.Time, error)
	// CustomerIDs returns the ids of a partition, published or of this import, sorted.
	CustomerIDs(ctx context.Context, imp ImportID, partition int) ([]CustomerID, error)
	// SourceKeys returns the customers that keys of this source stand for
	// where that is not the key's own hash (aliases made by feeds).
	SourceKeys(ctx context.Context, source string) (map[string]CustomerID, error)
	// Erasures returns who was erased.
	Erasures(ctx context.Context) (Erasures, error)
	// SaveCustomers creates customers and their source keys; known ids are left alone.
	SaveCustomers(ctx context.Context, imp ImportID, customers []Customer) (created int, err error)
	// FactHistory returns, for one partition and kind, the versions that are in
	// the history of each ref of the given customers, oldest first. Customers
	// are sorted.
	FactHistory(ctx context.Context, partition int, kind FactKind, customers []CustomerID) (map[int64][]FactVersion, error)
	// SaveFacts adds small facts to the unpublished import, each with ContentHash of its body.
	SaveFacts(ctx context.Context, imp ImportID, partition int, facts []Fact) error
	// LiveMonths returns the months of a partition that have a live segment, ascending.
	LiveMonths(ctx context.Context, partition int) ([]int, error)
	// LiveSegment returns the segment that the manifest shows now; its ID is 0 if none.
	LiveSegment(ctx context.Context, partition, month int) (Segment, error)
	// SaveSegments stores unpublished segments, each meant to replace the one given.
	SaveSegments(ctx context.Context, imp ImportID, segments []Replacement) error
	// SaveRejections keeps rejected rows for inspection.
	SaveRejections(ctx context.Context, imp ImportID, rows []Rejection) error
	// PublishImport makes everything visible at once under the next manifest
	// version. Where another import replaced a segment meanwhile it changes
	// nothing and returns the (partition, month) pairs to be redone.
	PublishImport(ctx context.Context, imp Import, now time.Time) (stale [][2]int, err error)
	// RosterAgents returns the names of the agents whom a roster may name.
	RosterAgents(ctx context.Context) ([]string, error)
	// SaveRoster keeps what the unpublished import says of days of agents, and
	// counts how it differs from what feeds said of them before. With import 0
	// it only counts.
	SaveRoster(ctx context.Context, imp ImportID, days []RosterDay) (RosterCounts, error)
	// RefuseImport deletes an unpublished import but for what it read, its Note
	// and its first rejections, in place of an earlier refusal of the same bytes.
	RefuseImport(ctx context.Context, imp Import) error
	// AbandonImport deletes an unpublished import.
	AbandonImport(ctx context.Context, id ImportID) error
}

// ShardReader loads one partition's history as a manifest version shows it.
// Version 0 is the newest.
type ShardReader interface {
	LoadShard(ctx context.Context, partition int, version int64) (*Shard, error)
	Partitions() int
}
