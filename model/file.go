package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"holdfast/features"
	"holdfast/internal/fault"
)

// FormatVersion is the newest version of the file format that this package reads
// and writes. A model that an older version can hold is written in that version.
// docs/model-format.md describes them.
const FormatVersion = 4

const (
	magic       = "HOLDFAST" // bytes 0 to 7
	prefixBytes = 8 + 4 + 4 + 8
	sumBytes    = sha256.Size
	maxBytes    = 1 << 30 // a larger file is no model of ours
)

// header is the part of the file that people and other programs may read.
type header struct {
	Kind        Kind
	SchemaHash  string
	Schema      features.Schema
	Calibration Calibration
	Card        Card
}

// Write writes the model: the same model gives the same bytes.
func (m *Model) Write(w io.Writer) error {
	data, err := m.encode()
	if err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("write a %s model: %w", m.kind, err)
	}
	return nil
}

// ID returns a name made from the model's content: the first 16 hexadecimal
// digits of the checksum that closes its file.
func (m *Model) ID() (string, error) {
	data, err := m.encode()
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(data[len(data)-sumBytes:][:8]), nil
}

func (m *Model) encode() ([]byte, error) {
	head, err := json.Marshal(header{m.kind, m.hash, m.schema, m.calibration, m.card})
	if err != nil {
		return nil, fmt.Errorf("write the header of a %s model: %w", m.kind, err)
	}
	var body []byte
	switch m.kind {
	case KindLinear:
		body, err = json.Marshal(m.linear)
	case KindBuying:
		body, err = json.Marshal(m.buying)
	case KindHazard:
		body = m.hazard.encode()
	default:
		body = m.trees.encode()
	}
	if err != nil {
		return nil, fmt.Errorf("write the weights of a %s model: %w", m.kind, err)
	}
	data := make([]byte, 0, prefixBytes+len(head)+len(body)+sumBytes)
	data = append(data, magic...)
	data = binary.LittleEndian.AppendUint32(data, m.formatVersion())
	data = binary.LittleEndian.AppendUint32(data, uint32(len(head)))
	data = binary.LittleEndian.AppendUint64(data, uint64(len(body)))
	data = append(append(data, head...), body...)
	sum := sha256.Sum256(data)
	return append(data, sum[:]...), nil
}

// formatVersion is the oldest version that holds the model: 4 for a hazard model
// or a calibration by Venn-Abers, 3 for a model of buying, 2 if a split counts zero as missing,
// else 1.
func (m *Model) formatVersion() uint32 {
	if m.hazard != nil || m.calibration.Kind == VennAbers {
		return 4
	}
	if m.buying != nil {
		return 3
	}
	if m.trees != nil && slices.Contains(m.trees.ZeroMissing, true) {
		return 2
	}
	return 1
}

// Read reads what Write wrote. A file that is cut short, damaged, of a newer
// format or of another kind is refused with a sentence that says which.
func Read(r io.Reader) (*Model, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read the model: %w", err)
	}
	head, body, err := open(data)
	if err != nil {
		return nil, err
	}
	m, err := decode(head, body, binary.LittleEndian.Uint32(data[len(magic):]))
	if err != nil {
		return nil, fmt.Errorf("read the model: %w", err)
	}
	return m, nil
}

// open checks the envelope and returns the header and the body. Every version of
// the format begins with magic and version and ends with the checksum, so a newer
// file can be told from a damaged one.
func open(data []byte) (head, body []byte, err error) {
	refuse := func(format string, args ...any) ([]byte, []byte, error) {
		return nil, nil, fault.New(fault.Invalid, format, args...)
	}
	switch {
	case len(data) > maxBytes:
		return refuse("the model file is larger than 1 GiB: this is not a model that holdfast wrote")
	case len(data) < len(magic) && magic[:len(data)] == string(data):
		return refuse("the model file is cut short after %d bytes: copy it again from where it was made", len(data))
	case string(data[:min(len(magic), len(data))]) != magic:
		return refuse("this is not a model file: it does not begin with %s", magic)
	case len(data) < prefixBytes+sumBytes:
		return refuse("the model file is cut short after %d bytes: copy it again from where it was made", len(data))
	}
	content, sum := data[:len(data)-sumBytes], data[len(data)-sumBytes:]
	whole := sha256.Sum256(content) == [sumBytes]byte(sum)
	version := binary.LittleEndian.Uint32(data[len(magic):])
	if whole && version > FormatVersion {
		return refuse("the model file is of format %d and this program reads up to %d: use a newer holdfast", version, FormatVersion)
	}
	known := version >= 1 && version <= FormatVersion
	headLen, bodyLen := uint64(binary.LittleEndian.Uint32(data[12:])), binary.LittleEndian.Uint64(data[16:])
	present := uint64(len(content) - prefixBytes)
	if !whole {
		if known && headLen <= maxBytes && bodyLen <= maxBytes && present < headLen+bodyLen {
			return refuse("the model file is cut short: %d of %d bytes are there: copy it again from where it was made",
				len(data), prefixBytes+headLen+bodyLen+sumBytes)
		}
		return refuse("the model file is damaged: its checksum does not match: copy it again from where it was made")
	}
	if !known || headLen > present || bodyLen != present-headLen {
		return refuse("the model file contradicts itself about its version or lengths: it was not written by holdfast")
	}
	head = content[prefixBytes : prefixBytes+headLen]
	return head, content[prefixBytes+headLen:], nil
}

func decode(head, body []byte, version uint32) (*Model, error) {
	var h header
	if err := strictJSON(head, &h); err != nil {
		return nil, fmt.Errorf("its header: %w", err)
	}
	if got := h.Schema.Hash(); got != h.SchemaHash {
		return nil, fault.New(fault.Invalid, "its header names schema %.8s and describes schema %.8s", h.SchemaHash, got)
	}
	m := &Model{kind: h.Kind, schema: h.Schema, calibration: h.Calibration, card: h.Card}
	switch h.Kind {
	case KindLinear:
		m.linear = new(Linear)
		if err := strictJSON(body, m.linear); err != nil {
			return nil, fmt.Errorf("its weights: %w", err)
		}
	case KindBuying:
		m.buying = new(Buying)
		if err := strictJSON(body, m.buying); err != nil {
			return nil, fmt.Errorf("its parameters: %w", err)
		}
	case KindHazard:
		hazard, err := decodeHazard(body, h.Schema, version)
		if err != nil {
			return nil, err
		}
		m.hazard = hazard
	case KindForest, KindBoosted:
		t, err := decodeTrees(body, version)
		if err != nil {
			return nil, err
		}
		m.trees = t
	}
	return build(m)
}

func strictJSON(data []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(into); err != nil {
		return fault.As(fault.Invalid, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fault.New(fault.Invalid, "there is something after the JSON value")
	}
	return nil
}
