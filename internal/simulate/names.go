package simulate

import (
	"strconv"

	"holdfast/internal/stats"
)

// Names are invented by combination; some are long, accented or written from
// right to left, as real ones are.
var (
	givenNames = [...]string{
		"Aisha", "Alma", "Amelia", "Anders", "Anya", "Arjun", "Beatriz", "Bilal", "Camille", "Carlos", "Chiara", "Dagmar",
		"Daniel", "Deniz", "Elena", "Emre", "Esther", "Fatima", "Finn", "Freya", "Georg", "Grace", "Hamid", "Hannah",
		"Ibrahim", "Ines", "Ivan", "Jamila", "Jonas", "Joséphine", "Kofi", "Lars", "Leila", "Liam", "Lucía", "Magnus", "Maria",
		"Mateo", "Maximiliane", "Mei", "Nadia", "Noah", "Oluwaseun", "Olga", "Omar", "Pablo", "Priya", "Rosa", "Ruth", "Samuel",
		"Sinéad", "Sofia", "Søren", "Tariq", "Theo", "Uma", "Víctor", "Wei", "Yara", "Zoë", "فاطمة", "محمد", "שרה", "דוד",
	}
	familyNames = [...]string{
		"Adeyemi", "Ahmed", "Andersson", "Baker", "Bauer", "Bianchi", "Brown", "Carter", "Chen", "Clarke", "Costa", "Dubois",
		"Evans", "Fernández", "Fischer", "García", "Green", "Hansen", "Hughes", "Ivanova", "Jansen", "Johnson", "Kaya", "Khan",
		"Kowalska", "Kumar", "Larsen", "Lefèvre", "Li", "Martin", "Mensah", "Meyer", "Moreau", "Müller", "Murphy", "Nguyen",
		"Novák", "O'Brien", "Okafor", "Patel", "Petrov", "Ricci", "Rossi", "Santos", "Schmidt", "Silva", "Singh", "Smith",
		"Svensson", "Taylor", "Thomas", "Van der Berg", "Vassilopoulou-Papadimitriou", "Walker", "Weber", "Wilson", "Wood",
		"Yılmaz", "Zhang", "Zimmermann", "الحسن", "منصور", "כהן", "לוי",
	}
	mailHosts = [...]string{"example.com", "example.org", "example.net"}
)

// appendName writes a customer's name; a household shares its family name.
func appendName(out []byte, seed uint64, p *person) []byte {
	given := stats.Hash(seed, traitName, uint64(p.index)) % uint64(len(givenNames))
	family := stats.Hash(seed, traitHomeName, uint64(p.household)) % uint64(len(familyNames))
	if given >= uint64(len(givenNames))-4 {
		family = uint64(len(familyNames)) - 4 + given%2 + (given-uint64(len(givenNames))+4)/2*2
	}
	out = append(out, givenNames[given]...)
	out = append(out, ' ')
	return append(out, familyNames[family]...)
}

// appendPhone writes a number under +999, a country code that is nobody's.
// Nothing is written for version 0.
func appendPhone(out []byte, p *person, version uint8) []byte {
	if version == 0 {
		return out
	}
	out = append(out, "+999 "...)
	n := 1_000_000_000 + uint64(p.index) + uint64(version-1)%80*100_000_000
	digits := strconv.AppendUint(nil, n, 10)
	out = append(append(out, digits[:3]...), ' ')
	return append(out, digits[3:]...)
}

// appendMail writes an address that can belong to nobody. Nothing is written
// for version 0.
func appendMail(out []byte, p *person, version uint8) []byte {
	if version == 0 {
		return out
	}
	out = append(out, 'c')
	out = strconv.AppendUint(out, uint64(p.index), 10)
	if version > 1 {
		out = append(out, '.')
		out = strconv.AppendUint(out, uint64(version), 10)
	}
	out = append(out, '@')
	return append(out, mailHosts[p.index%uint32(len(mailHosts))]...)
}
