package main

import (
	"context"
	"errors"
	"fmt"

	"carnet/client/pdfcheck"
	"carnet/cmd/carnet-server/internal/lifecycle"
	"carnet/cmd/carnet-server/internal/record"
)

// importDMP carries over what one person had in their former DMP, as serving
// does by itself once the record is activated, and tells what became of it.
func (m *Main) importDMP(ctx context.Context, args []string) (err error) {
	set := m.flags("import-dmp")
	data := set.String("data", m.Getenv("CARNET_DATA"), "data directory; its server must be stopped")
	from := set.String("from", "", "directory with one folder a person, named by the SHA-256 of the INS in hexadecimal; in it bundles of ITI-65 (*.json), or files and documents.csv")
	if err := parse(set, args, 0); err != nil {
		return err
	}
	if err := m.existing(*data); err != nil {
		return err
	}
	if *from == "" {
		return usageError("-from is missing")
	}
	// The INS stands on no command line, which others can see.
	ins, err := m.readLine("the INS")
	if err != nil {
		return err
	}
	checker := pdfcheck.New(pdfcheck.Options{CacheDir: cacheDirectory("")})
	defer func() { err = errors.Join(err, checker.Close()) }()
	service, err := record.Open(ctx, record.Config{Dir: *data, Now: m.Now, Gate: pdfcheck.ServerGate{Checker: checker, Lang: "en"}})
	if err != nil {
		return notOpened(err)
	}
	defer func() { err = errors.Join(err, service.Close()) }()
	life, err := service.LifeByINS(ctx, ins)
	if err != nil {
		return err
	}
	items, err := lifecycle.Former{Dir: *from, Records: service}.CarryOver(ctx, life)
	return errors.Join(err, m.printCarried(items))
}

// printCarried tells what became of each document; one that was refused is an
// error.
func (m *Main) printCarried(items []lifecycle.Item) error {
	counts := map[string]int{}
	for _, item := range items {
		counts[item.Result]++
		if item.Result == lifecycle.Refused {
			if _, err := fmt.Fprintf(m.Stdout, "refused: %s: %s\n", item.Name, item.Why); err != nil {
				return err
			}
		}
	}
	_, err := fmt.Fprintf(m.Stdout, "Documents filed: %d; filed before: %d; refused: %d\n", counts[lifecycle.Filed], counts[lifecycle.Already], counts[lifecycle.Refused])
	if err == nil && counts[lifecycle.Refused] > 0 {
		err = errors.New("some documents were refused: correct them and carry over again, nothing is filed twice")
	}
	return err
}
