package httpapi

import (
	"cmp"
	"encoding/base64"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// depositDocument answers a patient's POST DocumentReference: a document of
// their own (DOCPAT01 … DOCPAT09) in a record that they hold or represent. They
// are its author whatever the body says, and it gets an id of ours; the
// Idempotency-Key, or else the sender's uniqueId, makes a repetition harmless.
func (c *call) depositDocument() error {
	return c.received(fhir.SplitData, c.deposited)
}

// deposited files what was received.
func (c *call) deposited(key string, split *fhir.Split) error {
	d, err := fhir.ParseDocumentReference(split.Body)
	if err != nil {
		return err
	}
	if err := c.mayDeposit(d, split); err != nil {
		return err
	}
	rec, err := c.recordOf(d)
	if err != nil {
		return err
	}
	id, created, err := c.Holders.DepositOnce(c.r.Context(), c.holder, rec, record.Deposit{
		Type: d.Type.Code, Title: cmp.Or(d.Attachment.Title, d.Description), Date: fhir.ParseTime(cmp.Or(d.PeriodStart, d.Attachment.Creation, d.Date)),
		ContentType: d.Attachment.ContentType, Data: split.Data, Size: split.Size, HiddenReps: d.HiddenReps, Once: cmp.Or(key, d.UniqueID),
	})
	if err != nil {
		return err
	}
	_, made, err := c.within(rec, id)
	if err != nil {
		return err
	}
	c.written(createdStatus(created), "DocumentReference", documentResource(made))
	return nil
}

// mayDeposit refuses what a deposit cannot say, rather than to leave it out.
func (c *call) mayDeposit(d fhir.DocumentReference, split *fhir.Split) error {
	invalid := func(where, what string) error {
		return &fhir.Error{Code: fhir.Invalid, Message: what, Issues: []fhir.Issue{{Code: fhir.Invalid, Expression: "DocumentReference." + where, Message: what}}}
	}
	switch {
	case d.Status != "current":
		return invalid("status", "Un document se dépose avec le statut current.")
	case d.Author.ID != "" && d.Author.ID != "Patient/"+c.holder.ID:
		return invalid("author", "Vous êtes l’auteur de ce que vous déposez : laissez author vide ou désignez-vous.")
	case len(d.Replaces) > 0:
		return invalid("relatesTo", "Un dépôt ne remplace rien : retirez d’abord l’ancien document.")
	case d.Masked || d.HiddenPatient || d.Archived:
		return invalid("securityLabel", "Déposez le document, puis masquez-le ou archivez-le.")
	case d.Attachment.Hash != "" && d.Attachment.Hash != base64.StdEncoding.EncodeToString(split.SHA1[:]):
		return invalid("content[0].attachment.hash", "L’empreinte ne convient pas au contenu : envoyez-le de nouveau.")
	}
	return nil
}

// recordOf finds the record that a body names: by the patient's id, or by INS
// among those that one may enter.
func (c *call) recordOf(d fhir.DocumentReference) (string, error) {
	if d.PatientID != "" {
		return d.PatientID, nil
	}
	if d.PatientINS.Value == "" {
		return "", fhir.E(fhir.Required, "Précisez la personne : subject est obligatoire.")
	}
	all, err := c.Holders.Held(c.r.Context(), c.holder)
	if err != nil {
		return "", err
	}
	for _, h := range all {
		if h.Patient.INS == d.PatientINS {
			return h.Patient.ID, nil
		}
	}
	return "", unknown()
}
