package batch

import (
	"bytes"
	"path/filepath"
	"time"

	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// csvType is the media type of the result.
const csvType = "text/csv"

// export writes the full result of the lot outside Carnet, after a reminder of secrecy:
// it names patients.
func (p *Page) export() {
	if p.lot == nil || p.state.Count(All)+p.state.Count(Removed) == 0 {
		return
	}
	lot, spoken := p.lot, choose.Language()
	choose.Save(choose.SaveConfig{
		Scope: p.cfg.Scope, Shell: p.cfg.Shell, Saver: p.cfg.Saver, Window: p.cfg.Shell.Window(), Type: csvType,
		Path:    resultPath(p.cfg.Saver.Suggest(csvType), p.now()),
		Title:   lang.L("Exporter le résultat du lot"),
		Caution: lang.L("Une ligne par fichier : patient, type, date, résultat, motif. Ce fichier sera à vous et en clair : il nomme des patients, n’est plus chiffré ni tracé par Carnet et reste couvert par le secret professionnel. Enregistrez-le sur un support protégé et supprimez-le après usage."),
		Bytes: func() ([]byte, error) {
			var out bytes.Buffer
			err := lot.WriteCSV(&out, spoken)
			return out.Bytes(), err
		},
		Saved: func() { p.say(widget.IconDownload, widget.Good, lang.L("Résultat enregistré.")) },
	})
}

// resultPath names the result by its day, and by nobody, in the folder of another path.
func resultPath(suggested string, now time.Time) string {
	return filepath.Join(filepath.Dir(suggested), "resultats-"+now.Format(time.DateOnly)+".csv")
}
