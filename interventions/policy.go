package interventions

import (
	"sync"
	"text/template"
	"time"

	"github.com/expr-lang/expr/vm"

	"holdfast/internal/fault"
)

// Policy is a configuration made ready: expressions compiled, windows and
// templates read. It holds no state and may be used by many at once.
type Policy struct {
	cfg     Config
	zone    *time.Location // of the business
	key     []byte
	calls   calendar
	fit     [][3]*vm.Program // by treatment, in the order of parts; nil is always
	scripts []languages      // by treatment
	beliefs *beliefs         // what chance has shown; nil before the first contrast
	zones   sync.Map         // IANA name to *time.Location, nil where unknown
}

// scripts are a treatment's templates in one language; nil where it has none.
type scripts struct{ script, subject, body *template.Template }

// languages are a treatment's templates: its own, and those of Texts.
type languages struct {
	own    scripts
	others map[string]scripts
}

// NewPolicy compiles a configuration. Zone is the business's time zone, and key
// the database's secret that draws are keyed with: at least 16 bytes, never
// shown and never changed, because arms depend on it. The error is Invalid and
// names the field.
func NewPolicy(cfg Config, zone *time.Location, key []byte) (*Policy, error) {
	if zone == nil {
		return nil, fault.New(fault.Invalid, "a policy needs the business's time zone")
	}
	if len(key) < 16 {
		return nil, fault.New(fault.Invalid, "the key that arms are drawn with has %d bytes: give at least 16", fault.Exact(len(key)))
	}
	p := &Policy{cfg: cfg, zone: zone, key: key}
	if err := cfg.checkValues(); err != nil {
		return nil, err
	}
	var err error
	if p.calls, err = newCalendar(cfg.Policy.Windows, cfg.Policy.Holidays); err != nil {
		return nil, fault.New(fault.Invalid, "contact_policy.%w", err)
	}
	p.fit = make([][3]*vm.Program, len(cfg.Treatments))
	p.scripts = make([]languages, len(cfg.Treatments))
	for i := range cfg.Treatments {
		t := &cfg.Treatments[i]
		if p.fit[i], err = compileParts(t, cfg.Protected); err != nil {
			return nil, fault.New(fault.Invalid, "treatments[%d].%w", fault.Exact(i), err)
		}
		if p.scripts[i], err = compileLanguages(t); err != nil {
			return nil, fault.New(fault.Invalid, "treatments[%d].%w", fault.Exact(i), err)
		}
	}
	return p, nil
}

// Validate says what is wrong with a configuration, naming the first field.
func (c Config) Validate() error {
	_, err := NewPolicy(c, time.UTC, make([]byte, 16))
	return err
}

// Treatments returns the configured treatments; a candidate's Treatment is an
// index into them.
func (p *Policy) Treatments() []Treatment { return p.cfg.Treatments }

// Treatment returns the treatment of that name, nil if there is none.
func (p *Policy) Treatment(name string) *Treatment {
	for i := range p.cfg.Treatments {
		if p.cfg.Treatments[i].Name == name {
			return &p.cfg.Treatments[i]
		}
	}
	return nil
}

// zoneNamed is the time zone of that IANA name, the business's if unknown.
func (p *Policy) zoneNamed(name string) *time.Location {
	if name == "" {
		return p.zone
	}
	if z, ok := p.zones.Load(name); ok {
		return z.(*time.Location)
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		z = p.zone
	}
	p.zones.Store(name, z)
	return z
}

func (p *Policy) zoneOf(k *Known) *time.Location {
	return p.zoneNamed(k.Attributes[p.cfg.ZoneAttribute])
}
