package demo

// Account is a fictional person who can sign in to a demonstration, with what
// they are good for seeing: a professional in the claims of Pro Santé Connect,
// a patient, or staff (Citizens).
type Account struct {
	ID           string // what one types: "gp"
	Name         string
	Role         string // in French, for the list
	RoleEN       string
	GoodTo       string // in French
	GoodToEN     string
	Person       string // of a patient: logical id; the rest is a professional's
	StaffRole    string // of staff: record.Staff…; likewise
	NameID       string // 8 + RPPS
	Profession   string // TRE_G15
	Specialty    string // R38
	Organisation string // national id of the structure
	OrgName      string
	Sector       string // Secteur_Activite
}

// story is what an account is good for seeing, in both languages.
type story struct{ id, roleEN, fr, en string }

var stories = []story{
	{
		"gp", "General practitioner",
		"Médecin traitant d’Hélène LEFÈBVRE (214 documents, dont masqués, archivés, remplacés et un en attente d’annonce), des jumeaux GARNIER-DUPRÉ et de Joaquim D'ALMEIDA (200 pages). Sans droit sur Élodie ROUSSEL (bris de glace possible) ni Zoé ŒUVRARD ; Gérard FAURE refuse le bris de glace ; Thierry BLANC l’a bloquée ; accès de Siobhán O'BRIEN bientôt échu ; dossiers fermé (RENAUD), opposé (COLIN), en création (MARCHAND) ; deux identités sans INS (BERGER, SANS-NOM).",
		"Médecin traitant of Hélène LEFÈBVRE (214 documents: masked, archived, replaced, one awaiting its announcement), of the GARNIER-DUPRÉ twins and of Joaquim D'ALMEIDA (200 pages). No right on Élodie ROUSSEL (break-glass possible) nor Zoé ŒUVRARD; Gérard FAURE objects to break-glass; Thierry BLANC blocked her; the access to Siobhán O'BRIEN ends soon; records closed (RENAUD), opposed (COLIN), pending (MARCHAND); two identities without INS (BERGER, SANS-NOM).",
	},
	{
		"gp2", "General practitioner, another practice",
		"Médecin traitant d’Élodie ROUSSEL, de Thierry BLANC et d’Aya N'GUESSAN ; auteur du document masqué d’Hélène LEFÈBVRE, qu’il ne peut ouvrir : aucun droit sur son dossier.",
		"Médecin traitant of Élodie ROUSSEL, Thierry BLANC and Aya N'GUESSAN; wrote the masked document of Hélène LEFÈBVRE, whose record he may not open.",
	},
	{
		"pharmacist", "Pharmacist",
		"Ordonnances, dispensations et biologie d’Hélène LEFÈBVRE et de Joaquim D'ALMEIDA, sans les types réservés ; Odile CHEVALIER a bloqué la pharmacie : dépôt accepté, lecture impossible.",
		"Prescriptions, dispensations and laboratory results of Hélène LEFÈBVRE and Joaquim D'ALMEIDA, without the types kept from pharmacists; Odile CHEVALIER blocked the pharmacy: filing is accepted, reading is not.",
	},
	{
		"biologist", "Medical biologist",
		"Dépose des résultats dans tout dossier ouvert sans y avoir accès ; lit celui d’Hélène LEFÈBVRE seulement.",
		"Files results to any open record without reading it; reads that of Hélène LEFÈBVRE only.",
	},
	{
		"optician", "Optician",
		"Autorisé chez Hélène LEFÈBVRE et Jean-Philippe MOREAU : ne voit que les quelques types ouverts à sa profession (ophtalmologie, ordonnances d’équipement).",
		"Authorised by Hélène LEFÈBVRE and Jean-Philippe MOREAU: sees only the few types open to the profession.",
	},
	{
		"nurse", "Nurse",
		"Membre de l’équipe de soins d’Hélène LEFÈBVRE, d’Éléonore DE LA TOUR et de Joaquim D'ALMEIDA, jusqu’à une date affichée ; autorisée par Simone PERRIN.",
		"In the care team of Hélène LEFÈBVRE, Éléonore DE LA TOUR and Joaquim D'ALMEIDA until a date that is shown; authorised by Simone PERRIN.",
	},
	{
		"occupational", "Occupational physician",
		"Ne lit jamais, même autorisé (Hélène LEFÈBVRE, Mohamed Ali BEN AMAR) ; peut déposer un document.",
		"Never reads, even when authorised (Hélène LEFÈBVRE, Mohamed Ali BEN AMAR); may file a document.",
	},
	{
		"regulator", "Emergency regulator (centre 15)",
		"Recherche par identité et accès centre 15 avec motif : Élodie ROUSSEL (documents masqués lisibles en urgence), Thierry BLANC ; Simone PERRIN s’y oppose.",
		"Search by traits and centre 15 access with a reason: Élodie ROUSSEL (masked documents readable in an emergency), Thierry BLANC; Simone PERRIN objects.",
	},
	{
		"assistant", "Pharmacist, assistant at the same pharmacy",
		"Collègue de Claire LE GOFF à la Pharmacie du Port : sur le même poste, trouve et lit hors ligne les patients qu’elle a servis la veille, sous son propre nom.",
		"Colleague of Claire LE GOFF at the Pharmacie du Port: on the same computer, finds and reads offline, under their own name, the patients whom she served the day before.",
	},
}

// Accounts lists the professionals of the demonstration.
func Accounts() []Account {
	out := make([]Account, 0, len(stories))
	for _, s := range stories {
		p := cast[s.id]
		o := orgs[p.where]
		out = append(out, Account{
			ID: s.id, Name: p.name, Role: p.title, RoleEN: s.roleEN, GoodTo: s.fr, GoodToEN: s.en,
			NameID: p.id, Profession: p.profession, Specialty: p.specialty,
			Organisation: o.id, OrgName: o.name, Sector: o.sector,
		})
	}
	return out
}
