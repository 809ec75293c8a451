package record

import (
	"context"
	"errors"
	"io"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// checkStructured checks a structured document: that it reads whole, is of the type
// that it is filed as, and speaks of the person in whose record it goes. One that is
// wrong about any of it would be shown to people as something else than it is.
func (s *Service) checkStructured(ctx context.Context, f *filing) error {
	const at = "content[0].attachment.data"
	if f.u.Size > fhir.MaxFHIRDocument {
		return issue(fhir.TooLarge, at, "Un document structuré compte 1 Mo au plus.")
	}
	data, err := io.ReadAll(io.NewSectionReader(f.u.Data, 0, f.u.Size))
	if err != nil {
		return unread(err)
	}
	d, err := fhir.ParseDispensation(data)
	if e := (*fhir.Error)(nil); errors.As(err, &e) {
		return issue(fhir.Invalid, at, e.Message)
	}
	if f.view.Type.Code != "60593-1" {
		return issue(fhir.Invalid, "type", "Ce document structuré est une dispensation médicamenteuse : déposez-le comme telle.")
	}
	if d.PatientINS == f.person.INS {
		return nil
	}
	who, err := s.st.PersonByIdentifier(ctx, d.PatientINS) // an identity may have had another INS before
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && who.N != f.person.N:
		return issue(fhir.Invalid, at, "Ce document structuré parle d’une autre personne : vérifiez le dossier.")
	case err != nil:
		return fault(err)
	}
	return nil
}
