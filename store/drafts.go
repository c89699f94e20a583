package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"holdfast/history"
	"holdfast/internal/fault"
	"holdfast/interventions"
)

var (
	_ interventions.ProposeStore = (*Store)(nil)
	_ interventions.PlanStore    = (*Store)(nil)
	_ interventions.DecideStore  = (*Store)(nil)
)

// draftList refuses to write under a list whose release has begun.
func draftList(t *tx, pub interventions.PublicationID) error {
	lock := ""
	if t.dialect == postgres {
		lock = " FOR SHARE"
	}
	var r struct {
		State string
		Step  int
	}
	err := t.get(&r, `SELECT state, step FROM publications WHERE id = ?`+lock, int64(pub))
	err = found(err, "there is no list %d", pub)
	if err == nil && r.Step > stepDraft {
		return fault.New(fault.Conflict, "the list %d is being released or was: it cannot be made again", pub)
	}
	return err
}

func proposalKey(p *interventions.Proposal) int64 { return int64(p.Customer) }

// SaveDraft keeps one shard's proposals and candidates under the draft.
func (s *Store) SaveDraft(ctx context.Context, d interventions.Draft) error {
	packed, err := packLines(d.Proposals, proposalKey)
	if err != nil {
		return fmt.Errorf("pack the proposals of partition %d: %w", d.Partition, err)
	}
	for _, seg := range []struct {
		kind string
		l    lines
	}{{segProposals, packed}, {segCandidates, packCandidates(d.Candidates)}} {
		err := s.write(ctx, bulk, fmt.Sprintf("save the %s of partition %d", seg.kind, d.Partition), func(t *tx) error {
			if err := draftList(t, d.Publication); err != nil {
				return err
			}
			return saveLines(t, openSegments, int64(d.Publication), seg.kind, d.Partition, 0, seg.l)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// LoadDraft returns a shard's proposals and candidates.
func (s *Store) LoadDraft(
	ctx context.Context, pub interventions.PublicationID, partition int,
) (d interventions.Draft, err error) {
	err = s.read(ctx, fmt.Sprintf("read the proposals of partition %d", partition), func(t *tx) error {
		list, err := findList(t, `id = ?`, int64(pub))
		if err != nil {
			return err
		}
		d = interventions.Draft{Publication: pub, Partition: partition, AsOf: list.AsOf}
		var found bool
		d.Proposals, found, err = loadLines[interventions.Proposal](t, openSegments, int64(pub), segProposals, partition)
		if err == nil && !found {
			return fault.New(fault.NotFound, "the list %d has no proposals of partition %d: propose it first", pub, partition)
		}
		if err != nil {
			return err
		}
		return eachCandidates(t, pub, partition, func(c []interventions.Candidate) { d.Candidates = append(d.Candidates, c...) })
	})
	return d, err
}

// Candidates returns the candidates of every shard of the draft.
func (s *Store) Candidates(ctx context.Context, pub interventions.PublicationID) (all []interventions.Candidate, err error) {
	err = s.read(ctx, "read the candidates", func(t *tx) error {
		var n int
		if err := t.get(&n, `SELECT COALESCE(SUM(row_count), 0) FROM night_segments WHERE publication = ? AND kind = ?`,
			int64(pub), segCandidates); err != nil {
			return err
		}
		all = make([]interventions.Candidate, 0, n)
		for partition := range s.fixed.partitions {
			if err := eachCandidates(t, pub, partition, func(c []interventions.Candidate) { all = append(all, c...) }); err != nil {
				return err
			}
		}
		return nil
	})
	return all, err
}

// eachCandidates reads one shard's candidates, if it has any.
func eachCandidates(t *tx, pub interventions.PublicationID, partition int, f func([]interventions.Candidate)) error {
	var l lines
	var r struct {
		Rows     int `db:"row_count"`
		Checksum string
		Payload  []byte
	}
	err := t.get(&r, `SELECT row_count, checksum, payload FROM night_segments WHERE publication = ? AND kind = ? AND partition = ?`,
		int64(pub), segCandidates, partition)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	l.Rows, l.Checksum, l.Payload = r.Rows, r.Checksum, r.Payload
	c, err := unpackCandidates(l)
	if err != nil {
		return fmt.Errorf("the candidates of partition %d: %w", partition, err)
	}
	f(c)
	return nil
}

// candidateBytes is the size of a candidate as it is kept, all little-endian:
// customer 8, household 8, worth 4, minutes 4, partition 2, treatment 1. There
// may be millions, which allocation reads all at once.
const candidateBytes = 27

func packCandidates(cands []interventions.Candidate) lines {
	out := make([]byte, 0, candidateBytes*len(cands))
	for _, c := range cands {
		out = binary.LittleEndian.AppendUint64(out, uint64(c.Customer))
		out = binary.LittleEndian.AppendUint64(out, uint64(c.Household))
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(c.Worth))
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(c.Minutes))
		out = binary.LittleEndian.AppendUint16(out, c.Partition)
		out = append(out, c.Treatment)
	}
	sum := sha256.Sum256(out)
	return lines{Rows: len(cands), Checksum: hex.EncodeToString(sum[:]), Payload: out}
}

func unpackCandidates(l lines) ([]interventions.Candidate, error) {
	sum := sha256.Sum256(l.Payload)
	if hex.EncodeToString(sum[:]) != l.Checksum || len(l.Payload) != candidateBytes*l.Rows {
		return nil, fault.New(fault.Invalid, "they are damaged: propose the night again")
	}
	cands := make([]interventions.Candidate, l.Rows)
	for i := range cands {
		b := l.Payload[i*candidateBytes:]
		cands[i] = interventions.Candidate{
			Customer:  history.CustomerID(binary.LittleEndian.Uint64(b)),
			Household: history.HouseholdID(binary.LittleEndian.Uint64(b[8:])),
			Worth:     math.Float32frombits(binary.LittleEndian.Uint32(b[16:])),
			Minutes:   math.Float32frombits(binary.LittleEndian.Uint32(b[20:])),
			Partition: binary.LittleEndian.Uint16(b[24:]), Treatment: b[26],
		}
	}
	return cands, nil
}

func choiceKey(c *interventions.Choice) int64 { return int64(c.Customer) }

// allocationRow is what of an allocation is kept with the list.
type allocationRow struct {
	Capacity float64        `json:"capacity"`
	Minutes  float64        `json:"minutes"`
	Selected map[string]int `json:"selected"` // sealed
	Released map[string]int `json:"released"`
}

// SaveAllocation keeps the night's choices, prices and totals, sealed, under
// the draft, with the arms drawn tonight, which count once it is released.
func (s *Store) SaveAllocation(ctx context.Context, pub interventions.PublicationID, a interventions.Allocation) error {
	if err := s.saveArms(ctx, pub, a.NewArms); err != nil {
		return err
	}
	by := make([][]interventions.Choice, s.fixed.partitions)
	for _, c := range a.Choices {
		if c.Partition < 0 || c.Partition >= len(by) {
			return fault.New(fault.Invalid, "the choice for customer %d is of partition %d: the database has %d", c.Customer, c.Partition, len(by))
		}
		by[c.Partition] = append(by[c.Partition], c)
	}
	for partition, choices := range by {
		packed, err := packLines(choices, choiceKey)
		if err != nil {
			return fmt.Errorf("pack the choices of partition %d: %w", partition, err)
		}
		err = s.write(ctx, bulk, fmt.Sprintf("save the choices of partition %d", partition), func(t *tx) error {
			if err := draftList(t, pub); err != nil {
				return err
			}
			return saveLines(t, sealedSegments, int64(pub), segChoices, partition, 0, packed)
		})
		if err != nil {
			return err
		}
	}
	prices, err := json.Marshal(a.Prices)
	if err != nil {
		return fmt.Errorf("write the prices: %w", err)
	}
	totals, err := json.Marshal(allocationRow{a.Capacity, a.Minutes, a.Selected, a.Released})
	if err != nil {
		return fmt.Errorf("write the totals of the allocation: %w", err)
	}
	return s.write(ctx, small, "save the allocation", func(t *tx) error {
		if err := draftList(t, pub); err != nil {
			return err
		}
		return t.one(fmt.Sprintf("list %d", pub), `UPDATE publications SET prices = ?, allocation = ? WHERE id = ?`,
			string(prices), string(totals), int64(pub))
	})
}

// Choices returns the allocation's choices for the customers of a partition.
// They tell arms: only the decide stage reads them.
func (s *Store) Choices(
	ctx context.Context, pub interventions.PublicationID, partition int,
) (choices []interventions.Choice, err error) {
	err = s.read(ctx, fmt.Sprintf("read the choices of partition %d", partition), func(t *tx) error {
		var found bool
		choices, found, err = loadLines[interventions.Choice](t, sealedSegments, int64(pub), segChoices, partition)
		if err == nil && !found {
			return fault.New(fault.NotFound, "the list %d has not been allocated", pub)
		}
		return err
	})
	return choices, err
}
