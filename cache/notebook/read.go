package notebook

import (
	"errors"

	"carnet/cache/seallog"
	"carnet/cache/vault"
	"carnet/client"
)

// Report says what Open found.
type Report struct {
	Notes   int
	Torn    int    // bytes of a last write that a crash cut short: nothing acknowledged
	Damaged int    // places of the log that cannot be read, or are missing
	Aside   string // name of the file where the damaged bytes were put; empty: none
}

// Words tells a person what to do, in French; empty when nothing is wrong.
func (r Report) Words() string {
	if r.Damaged == 0 {
		return ""
	}
	return "Une partie du carnet de travail est abîmée sur ce disque. Vérifiez ce qui a été fait en dernier, et faites contrôler le disque."
}

// load reads the log and makes it ready for writing.
func (n *Notebook) load() error {
	log, found, err := seallog.Open(seallog.Config{
		Dir: n.dir, Seal: n.seal, Format: format, Lost: lost,
		OtherKey: "Le carnet de travail de ce poste ne s’ouvre pas avec cette clé. Ouvrez-le avec celle d’origine.",
	})
	if err != nil {
		return err
	}
	n.log = log
	if found.New {
		if found.Gone {
			n.report.Damaged++
		}
		return n.rewrite(nil)
	}
	number, err := n.read(&found)
	if err != nil {
		return err
	}
	n.report.Notes, n.report.Torn = len(n.notes), found.Torn
	if n.report.Damaged == 0 {
		return log.Continue(found, number)
	}
	if n.report.Aside, err = log.KeepAside(found); err != nil {
		return err
	}
	return n.rewrite(n.notes)
}

// read takes in what a log says, adds the records that are wrong to its damaged
// places, and gives the last number.
func (n *Notebook) read(found *seallog.Found) (number uint64, err error) {
	for _, f := range found.Frames {
		repeated, missing := f.Number <= number, f.Number != number+1
		pages, err := n.open(f)
		if errors.Is(err, vault.ErrLocked) {
			return 0, err
		}
		if !repeated {
			number = f.Number
		}
		if err != nil || repeated {
			found.Bad = append(found.Bad, f.Span)
			continue
		}
		if missing && len(found.Bad) == 0 {
			n.report.Damaged++ // records left out without a trace
		}
		n.apply(pages)
	}
	n.report.Damaged += len(found.Bad)
	return number, nil
}

// open opens a record at its place.
func (n *Notebook) open(f seallog.Frame) ([]client.Note, error) {
	body, err := n.log.Unseal(f)
	if err != nil {
		return nil, err
	}
	return decode(body)
}
