package store

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// The tags of values in a backup.
const (
	tagEnd   = 'E' // of the table
	tagNull  = 'N'
	tagInt   = 'I' // zigzag varint
	tagFloat = 'F' // 8 bytes, little endian
	tagText  = 'T' // varint length, bytes
	tagBytes = 'B' // varint length, bytes
)

type valueWriter struct {
	w       *bufio.Writer
	scratch [binary.MaxVarintLen64]byte
}

func (w *valueWriter) value(v any) error {
	switch v := v.(type) {
	case nil:
		return w.w.WriteByte(tagNull)
	case int64:
		return w.tagged(tagInt, binary.PutVarint(w.scratch[:], v))
	case int32:
		return w.tagged(tagInt, binary.PutVarint(w.scratch[:], int64(v)))
	case int16:
		return w.tagged(tagInt, binary.PutVarint(w.scratch[:], int64(v)))
	case float64:
		binary.LittleEndian.PutUint64(w.scratch[:], math.Float64bits(v))
		return w.tagged(tagFloat, 8)
	case string:
		if err := w.tagged(tagText, binary.PutUvarint(w.scratch[:], uint64(len(v)))); err != nil {
			return err
		}
		_, err := w.w.WriteString(v)
		return err
	case []byte:
		if err := w.tagged(tagBytes, binary.PutUvarint(w.scratch[:], uint64(len(v)))); err != nil {
			return err
		}
		_, err := w.w.Write(v)
		return err
	}
	return fmt.Errorf("a value of type %T cannot be backed up", v)
}

func (w *valueWriter) tagged(tag byte, n int) error {
	if err := w.w.WriteByte(tag); err != nil {
		return err
	}
	_, err := w.w.Write(w.scratch[:n])
	return err
}

// maxValue bounds the length that a damaged backup may claim for a value.
const maxValue = 1 << 30

type valueReader struct{ r *bufio.Reader }

// row reads n values, or false at the end of the table.
func (r *valueReader) row(n int) ([]any, bool, error) {
	row := make([]any, n)
	for i := range row {
		tag, err := r.r.ReadByte()
		if err != nil {
			return nil, false, unexpected(err)
		}
		if tag == tagEnd && i == 0 {
			return nil, false, nil
		}
		if row[i], err = r.value(tag); err != nil {
			return nil, false, unexpected(err)
		}
	}
	return row, true, nil
}

func (r *valueReader) value(tag byte) (any, error) {
	switch tag {
	case tagNull:
		return nil, nil //nolint:nilnil // NULL
	case tagInt:
		return binary.ReadVarint(r.r)
	case tagFloat:
		var b [8]byte
		_, err := io.ReadFull(r.r, b[:])
		return math.Float64frombits(binary.LittleEndian.Uint64(b[:])), err
	case tagText, tagBytes:
		n, err := binary.ReadUvarint(r.r)
		if err != nil {
			return nil, err
		}
		if n > maxValue {
			return nil, fmt.Errorf("a value of %d bytes", n)
		}
		b := make([]byte, n)
		if _, err := io.ReadFull(r.r, b); err != nil {
			return nil, err
		}
		if tag == tagText {
			return string(b), nil
		}
		return b, nil
	}
	return nil, fmt.Errorf("unknown tag %q", tag)
}

// unexpected says that the file ended too soon.
func unexpected(err error) error {
	if err == io.EOF { //nolint:errorlint // bufio returns it bare
		return io.ErrUnexpectedEOF
	}
	return err
}
