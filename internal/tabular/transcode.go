package tabular

import (
	"encoding/binary"
	"unicode/utf8"
)

// high1252 has the characters of bytes 0x80 to 0x9F in windows-1252. The five
// bytes without a character stay control characters, as browsers read them.
// Source: WHATWG Encoding Standard, index-windows-1252.txt.
var high1252 = [32]rune{
	0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
	0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F,
	0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
	0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178,
}

// appendUTF8 appends text written in a one-byte encoding as UTF-8.
func appendUTF8(dst, text []byte, from Encoding) []byte {
	for _, c := range text {
		r := rune(c)
		if from == Windows1252 && c >= 0x80 && c < 0xA0 {
			r = high1252[c-0x80]
		}
		dst = utf8.AppendRune(dst, r)
	}
	return dst
}

func toUTF8(text string, from Encoding) string {
	if from == UTF8 {
		return text
	}
	return string(appendUTF8(nil, []byte(text), from))
}

func ascii(text []byte) bool {
	for len(text) >= 8 {
		if binary.LittleEndian.Uint64(text)&highs != 0 {
			return false
		}
		text = text[8:]
	}
	for _, c := range text {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// transcode rewrites cells with other than ASCII characters behind the text.
func (b *Block) transcode(from Encoding) {
	if ascii(b.buf) {
		return
	}
	for i := range b.Columns {
		cells := b.Columns[i].cells[:b.Rows]
		for row, at := range cells {
			text := b.buf[at.off : at.off+at.size]
			if ascii(text) {
				continue
			}
			off := len(b.buf)
			b.buf = appendUTF8(b.buf, text, from)
			cells[row] = cell{uint32(off), uint32(len(b.buf) - off)}
		}
	}
}
