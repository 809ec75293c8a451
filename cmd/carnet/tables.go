package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"carnet/client/advice"
	"carnet/client/fhir"
)

// tablesOf reads the tables that an administrator put into a folder; without one the
// embedded ones are in force. A folder with a fault keeps the desktop from starting: to
// warn by other tables than the administrator chose would be worse, and silent.
func tablesOf(folder string) (advice.Tables, error) {
	if folder == "" {
		return advice.Tables{}, nil
	}
	t, err := advice.LoadTables(os.DirFS(folder))
	var e *fhir.Error
	if errors.As(err, &e) {
		said := []string{e.Message}
		for _, i := range e.Issues {
			said = append(said, strings.TrimSpace(i.Expression+" "+i.Message))
		}
		return t, fmt.Errorf("-tables: %s", strings.Join(said, "\n  "))
	}
	return t, err
}
