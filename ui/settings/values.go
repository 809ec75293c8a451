// Package settings is the page of what a person may choose, and these choices:
// light or dark, size of texts, language, delay of the lock. values.go is pure;
// page.go draws. Nothing here says anything of a patient.
package settings

import (
	"time"

	"carnet/ui/widget"
)

// Values are the choices.
type Values struct {
	Mode      widget.Mode
	Scale     float32       // of texts; 1 is ordinary
	LockAfter time.Duration // without a key or the pointer; 0: never
	Language  string        // "fr" or "en"; taken into account at the next start
}

// Store keeps values between starts; the toolkit's preferences are one.
type Store interface {
	StringWithFallback(key, fallback string) string
	SetString(key, value string)
	FloatWithFallback(key string, fallback float64) float64
	SetFloat(key string, value float64)
	IntWithFallback(key string, fallback int) int
	SetInt(key string, value int)
}

// The keys in a Store.
const (
	keyMode     = "theme"
	keyScale    = "text-scale"
	keyLock     = "lock-minutes"
	keyLanguage = "language"
)

// The choices that are offered.
var (
	modes  = []widget.Mode{widget.FollowSystem, widget.Light, widget.Dark}
	scales = []float32{0.9, 1, 1.15, 1.3, 1.5}
	delays = []time.Duration{2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute}
)

// Default is what holds until someone chooses.
func Default() Values {
	return Values{Mode: widget.FollowSystem, Scale: 1, LockAfter: 10 * time.Minute, Language: "fr"}
}

// Load reads what was chosen; what is not among the choices is the default.
func Load(s Store) Values {
	d := Default()
	v := Values{
		Mode:      widget.Mode(s.StringWithFallback(keyMode, string(d.Mode))),
		Scale:     float32(s.FloatWithFallback(keyScale, float64(d.Scale))),
		LockAfter: time.Duration(s.IntWithFallback(keyLock, int(d.LockAfter/time.Minute))) * time.Minute,
		Language:  s.StringWithFallback(keyLanguage, d.Language),
	}
	if !among(v.Mode, modes) {
		v.Mode = d.Mode
	}
	if !among(v.Scale, scales) {
		v.Scale = d.Scale
	}
	if !among(v.LockAfter, delays) {
		v.LockAfter = d.LockAfter
	}
	if !among(v.Language, []string{"fr", "en"}) {
		v.Language = d.Language
	}
	return v
}

// Save keeps the choices.
func (v Values) Save(s Store) {
	s.SetString(keyMode, string(v.Mode))
	s.SetFloat(keyScale, float64(v.Scale))
	s.SetInt(keyLock, int(v.LockAfter/time.Minute))
	s.SetString(keyLanguage, v.Language)
}

func among[T comparable](v T, all []T) bool {
	for _, a := range all {
		if a == v {
			return true
		}
	}
	return false
}
