package demo

// org is a fictional structure. Its id has the prefix 1 (FINESS-like).
type org struct {
	id, name string
	sector   string // JDV_J02 facility type
	practice string // JDV_J04 practice setting
	address  []string
	colour   rgb
}

// pro is a fictional professional: 8 + eleven digits that begin with 997, which
// the real directory does not give.
type pro struct {
	id, name, title       string
	profession, specialty string // TRE_G15, R38
	where                 string // key of orgs
}

// orgs is where people work, by a short key.
var orgs = map[string]org{
	"port":     {"1997000011", "Cabinet médical du Port", "SA08", "AMBULATOIRE", []string{"12 quai des Tanneurs, 44000 Nantes", "Tél. 02 99 00 00 11"}, rgb{24, 108, 96}},
	"halles":   {"1997000022", "Cabinet des Halles", "SA07", "AMBULATOIRE", []string{"3 place des Halles, 44000 Nantes", "Tél. 02 99 00 00 22"}, rgb{120, 82, 30}},
	"pharma":   {"1997000033", "Pharmacie du Port", "SA33", "AMBULATOIRE", []string{"14 quai des Tanneurs, 44000 Nantes", "Tél. 02 99 00 00 33"}, rgb{18, 122, 62}},
	"labo":     {"1997000044", "Laboratoire de l’Estuaire", "SA25", "AMBULATOIRE", []string{"8 rue des Capucins, 44000 Nantes", "Tél. 02 99 00 00 44"}, rgb{0, 96, 140}},
	"optique":  {"1997000055", "Optique Graslin", "SA42", "AMBULATOIRE", []string{"2 rue Crébillon, 44000 Nantes"}, rgb{84, 62, 130}},
	"idel":     {"1997000066", "Soins infirmiers de l’Erdre", "SA08", "SAD", []string{"21 rue de l’Erdre, 44000 Nantes", "Tél. 02 99 00 00 66"}, rgb{168, 60, 84}},
	"spst":     {"1997000077", "Santé au travail Loire", "SA66", "AMBULATOIRE", []string{"40 boulevard de la Loire, 44200 Nantes"}, rgb{92, 92, 100}},
	"samu":     {"1997000088", "SAMU 44 – Centre 15", "SA01", "SAMU_SMUR", []string{"CHU de l’Estuaire, 44000 Nantes"}, rgb{180, 40, 44}},
	"chu":      {"1997000099", "CHU de l’Estuaire", "SA01", "ETABLISSEMENT", []string{"1 place de l’Hôpital, 44000 Nantes", "Standard 02 99 00 00 99"}, rgb{28, 72, 150}},
	"clinique": {"1997000110", "Clinique Sainte-Anne", "SA04", "ETABLISSEMENT", []string{"55 avenue des Tilleuls, 44300 Nantes", "Tél. 02 99 00 01 10"}, rgb{70, 100, 160}},
	"imagerie": {"1997000121", "Centre d’imagerie de l’Île", "SA08", "AMBULATOIRE", []string{"9 boulevard de l’Île, 44200 Nantes", "Tél. 02 99 00 01 21"}, rgb{98, 54, 140}},
	"kine":     {"1997000132", "Kinésithérapie des Chantiers", "SA08", "AMBULATOIRE", []string{"17 rue des Chantiers, 44100 Nantes"}, rgb{40, 110, 120}},
	"dentaire": {"1997000143", "Cabinet dentaire du Jardin", "SA07", "AMBULATOIRE", []string{"6 allée du Jardin, 44000 Nantes"}, rgb{60, 120, 150}},
}

// cast is everybody who writes documents, by a short key; those of accounts
// can also sign in.
var cast = map[string]pro{
	"gp":           {"899700000011", "Dr Anne MOREL", "Médecine générale", "10", "SM54", "port"},
	"gp2":          {"899700000022", "Dr Karim BENSAÏD", "Médecine générale", "10", "SM54", "halles"},
	"pharmacist":   {"899700000033", "Claire LE GOFF", "Pharmacienne titulaire", "21", "A", "pharma"},
	"assistant":    {"899700000231", "Mathieu LE BRAS", "Pharmacien adjoint", "21", "D", "pharma"},
	"biologist":    {"899700000044", "Dr Hugo LEFÈVRE", "Biologie médicale", "10", "SM03", "labo"},
	"optician":     {"899700000055", "Paul GIRAUD", "Opticien-lunetier", "28", "", "optique"},
	"nurse":        {"899700000066", "Nadia ROUX", "Infirmière diplômée d’État", "60", "", "idel"},
	"occupational": {"899700000077", "Dr Luc FERRAND", "Médecine du travail", "10", "SM25", "spst"},
	"regulator":    {"899700000088", "Dr Inès CARON", "Médecine d’urgence, régulation", "10", "SM59", "samu"},

	"physician":       {"899700000099", "Dr Marc VALENTIN", "Médecine interne", "10", "SM27", "chu"},
	"emergency":       {"899700000110", "Dr Julie ASTIER", "Médecine d’urgence", "10", "SM59", "chu"},
	"surgeon":         {"899700000121", "Dr Pierre ARNOUX", "Chirurgie orthopédique", "10", "SM08", "clinique"},
	"anaesthetist":    {"899700000132", "Dr Salomé KLEIN", "Anesthésie-réanimation", "10", "SM02", "clinique"},
	"radiologist":     {"899700000143", "Dr Émile CHAPUIS", "Radiodiagnostic", "10", "SM44", "imagerie"},
	"cardiologist":    {"899700000154", "Dr Agnès THIBAUT", "Cardiologie", "10", "SM04", "chu"},
	"ophthalmologist": {"899700000165", "Dr Rémi SANTOS", "Ophtalmologie", "10", "SM38", "chu"},
	"midwife":         {"899700000176", "Lucie PARENT", "Sage-femme", "50", "", "clinique"},
	"pathologist":     {"899700000187", "Dr Victor HAMON", "Anatomie et cytologie pathologiques", "10", "SM01", "chu"},
	"physio":          {"899700000198", "Benoît TESSIER", "Masseur-kinésithérapeute", "70", "", "kine"},
	"dentist":         {"899700000209", "Dr Laure MASSON", "Chirurgie dentaire", "40", "", "dentaire"},
	"paediatrician":   {"899700000220", "Dr Denis OLLIVIER", "Pédiatrie", "10", "SM40", "chu"},
}
