package portal

import (
	"strings"
)

// input is one labelled field of a form.
type input struct {
	ID, Name, Label, Kind, Hint, Value, Error  string
	Auto, Mode, Min, Max, Length, Accept, Rows string
	Step, List                                 string
	Required, Optional, Mono, Small            bool
	Options                                    []option
}

type option struct {
	Value, Label, Hint string
	Chosen             bool
}

// field makes a labelled field with what was typed and what is wrong with it.
// opts are words such as "type=date", "hint=…", "req", "opt".
func field(p page, name, label string, opts ...string) input {
	in := input{ID: "f-" + name, Name: name, Label: label, Kind: "text", Value: p.Form.Get(name), Error: problemOf(p, name)}
	set := map[string]*string{
		"type": &in.Kind, "hint": &in.Hint, "auto": &in.Auto, "mode": &in.Mode, "min": &in.Min, "max": &in.Max, "length": &in.Length,
		"accept": &in.Accept, "rows": &in.Rows, "value": &in.Value, "id": &in.ID, "step": &in.Step, "list": &in.List,
	}
	flags := map[string]*bool{"req": &in.Required, "opt": &in.Optional, "mono": &in.Mono, "small": &in.Small}
	for _, o := range opts {
		key, value, _ := strings.Cut(o, "=")
		if f := flags[key]; f != nil {
			*f = true
		} else if s := set[key]; s != nil {
			*s = value
		}
	}
	if in.Kind == "password" || in.Kind == "file" {
		in.Value = ""
	}
	return in
}

// choice makes a field with options: kind is "select" or "radio".
func choice(p page, kind, name, label string, options []option) input {
	in := field(p, name, label, "type="+kind)
	in.Options = append([]option(nil), options...)
	if p.Form.Has(name) {
		for i := range in.Options {
			in.Options[i].Chosen = in.Options[i].Value == p.Form.Get(name)
		}
	}
	return in
}

func problemOf(p page, name string) string {
	for _, pr := range p.Problems {
		if pr.Field == name {
			return pr.Text
		}
	}
	return ""
}
