package demo

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// person is a fictional person with what their documents are made from.
type person struct {
	seed    record.PatientSeed
	profile string // child, adult, woman, mother, senior, diabetic: which documents they have
	born    time.Time
}

// people is the table of fictional persons: birth name | used name | given
// names | sex | birth date | INSEE birthplace | city | profile | reliability.
// Every INS is computed, under the test domain.
const people = `
LEFÈBVRE|ROUX-LEFÈBVRE|Hélène Marie Odette|F|1951-03-14|44109|Nantes|diabetic|
MARTIN||Marie|F|1968-05-02|35238|Rennes|adult|
MARTIN||Marie|F|1968-11-27|35238|Rennes|adult|
MARTIN|DUVAL|Marie Claire|F|1990-01-19|75112|Paris|mother|
GARNIER-DUPRÉ||Léa Rose|F|2014-06-21|44109|Nantes|child|
GARNIER-DUPRÉ||Léo Paul|M|2014-06-21|44109|Nantes|child|
DUPRÉ|GARNIER|Sophie Anne|F|1984-09-09|49007|Angers|mother|
D'ALMEIDA||Joaquim|M|1947-12-30|99139|Saint-Nazaire|senior|
ŒUVRARD||Zoé|F|1999-02-28|2A004|Ajaccio|woman|
N'GUESSAN||Aya Prisca|F|1992-07-17|99326|Nantes|mother|
NGUYÊN||Thị Lan|F|1975-10-05|99243|Lyon|adult|
LE GALL||Yann|M|1959-04-23|29019|Brest|senior|
DE LA TOUR|DE LA TOUR D'AUVERGNE|Éléonore|F|1938-08-08|63113|Clermont-Ferrand|senior|
BEN AMAR||Mohamed Ali|M|1964-01-01|99351|Marseille|diabetic|
ROUSSEL||Élodie|F|1987-03-03|59350|Lille|woman|
FAURE||Gérard|M|1955-06-06|31555|Toulouse|senior|
PERRIN||Simone|F|1941-02-11|38185|Grenoble|senior|
BLANC||Thierry|M|1972-12-12|13055|Marseille|adult|
CHEVALIER||Odile|F|1949-10-31|76540|Rouen|senior|
RENAUD||Jacques|M|1933-05-20|21231|Dijon|senior|
COLIN||Bérénice|F|1980-04-04|54395|Nancy|adult|
MARCHAND||Noémie|F|2003-09-15|67482|Strasbourg|woman|
BERGER||Noé|M|2026-03-02|44109|Nantes|child|PROV
SANS-NOM||X|M|1970|99999|Nantes|adult|PROV
KOWALSKI||Stanisław|M|1945-07-29|99122|Lens|senior|
MÜLLER||Jürgen|M|1961-11-11|67482|Strasbourg|adult|
SAINT-EXUPÈRE||Antoine Jean-Baptiste|M|1944-06-29|69123|Lyon|senior|
O'BRIEN||Siobhán|F|1983-03-17|99136|Rennes|woman|
DOS SANTOS|PEREIRA|Maria da Conceição|F|1957-08-15|99139|Saint-Malo|diabetic|
AÏT-KACI||Nadir|M|2001-05-25|93066|Saint-Denis|adult|
LEROY||Camille|M|1995-10-10|80021|Amiens|adult|
LEROY||Camille|F|1995-10-12|80021|Amiens|woman|
MOREAU||Jean-Philippe|M|1966-02-20|37261|Tours|diabetic|
GIRARD||Anne-Sophie|F|1978-07-07|86194|Poitiers|adult|
BONNET|LAMBERT|Françoise|F|1948-01-25|87085|Limoges|senior|
FRANÇOIS||Loïc|M|1988-08-28|56121|Lorient|adult|
MERCIER||Maëlys|F|2018-12-24|72181|Le Mans|child|
DUPONT||Jean|M|1953-03-21|45234|Orléans|senior|
DUPOND||Jean|M|1953-03-21|45234|Orléans|senior|
TRAORÉ||Fatoumata|F|2010-02-14|93001|Aubervilliers|child|
HENRY||Benoît|M|1982-06-30|25056|Besançon|adult|
ROBIN||Clémence|F|1997-04-16|17300|La Rochelle|woman|
GAUTHIER||René|M|1936-09-01|42218|Saint-Étienne|senior|
CLÉMENT||Inès|F|2007-11-08|06088|Nice|child|
FONTAINE||Stéphane|M|1974-05-13|33063|Bordeaux|adult|
LEGRAND|PETIT|Jacqueline|F|1940-12-05|02691|Saint-Quentin|senior|
GUÉRIN||Aurélien|M|1993-01-30|64445|Pau|adult|
BOYER||Lucette|F|1945-03-26|30189|Nîmes|diabetic|
HÖLDERLIN-MEYER||Liselotte|F|1969-09-23|68066|Colmar|adult|
CASTAÑEDA||Íñigo|M|1985-02-02|99134|Bayonne|adult|
RIVIÈRE||Gaëlle|F|1991-06-18|22278|Saint-Brieuc|mother|
VASSEUR||Mathéo|M|2016-08-03|62041|Arras|child|
PICARD||Yvonne|F|1929-07-14|60057|Beauvais|senior|
SCHNEIDER||Franz|M|1958-10-22|57463|Metz|diabetic|
LACROIX||Émilien|M|2005-03-12|84007|Avignon|adult|
COLONNA||Ange-Marie|M|1962-12-08|2B033|Bastia|adult|
HOARAU||Marie-Josée|F|1971-05-29|97411|Saint-Denis de La Réunion|adult|
TEURURAI||Moana|F|1986-01-08|98735|Nantes|woman|
ABDALLAH||Youssouf|M|2012-10-19|97608|Mamoudzou|child|
PHILIPPE||Rose|F|1960-11-16|97209|Fort-de-France|diabetic|
DELAUNAY|DELAUNAY-KERVELLA|Maryvonne|F|1943-04-27|29232|Quimper|senior|
BARON||Quentin|M|2000-02-29|53130|Laval|adult|
JACQUET||Solène|F|1989-12-01|85191|La Roche-sur-Yon|mother|
ARNAUD||Théo|M|2021-09-27|26362|Valence|child|
VIDAL||Mireille|F|1954-08-19|66136|Perpignan|senior|
PRÉVOST||Côme|M|1998-07-23|14118|Caen|adult|
`

// Logical ids are made of the row: p001 is the first person of the table.
func readPeople() ([]person, error) {
	var all []person
	for line := range strings.SplitSeq(strings.TrimSpace(people), "\n") {
		f := strings.Split(line, "|")
		if len(f) != 9 {
			return nil, fmt.Errorf("demo: person %d of the table has %d fields", len(all)+1, len(f))
		}
		p := person{profile: f[7], seed: record.PatientSeed{
			ID: fmt.Sprintf("p%03d", len(all)+1), BirthName: f[0], UsedName: f[1], Given: strings.Fields(f[2]),
			Gender: map[string]string{"F": "female", "M": "male"}[f[3]], BirthDate: f[4], BirthPlace: f[5], City: f[6],
			Reliability: f[8],
		}}
		p.born = fhir.ParseTime(f[4])
		if p.seed.Reliability == "" {
			p.seed.Reliability = "QUAL"
			p.seed.INS = fhir.Identifier{System: fhir.SystemINSTest, Value: insOf(p, len(all)+1)}
		}
		all = append(all, p)
	}
	return all, nil
}

// Patients lists the fictional persons as the record shows them, in the order
// of the table: the first is the richest record.
func Patients() ([]fhir.Patient, error) {
	all, err := readPeople()
	if err != nil {
		return nil, err
	}
	out := make([]fhir.Patient, 0, len(all))
	for _, p := range all {
		s := p.seed
		out = append(out, fhir.Patient{
			ID: s.ID, INS: s.INS, BirthName: s.BirthName, UsedName: s.UsedName, Given: s.Given, FirstGiven: s.Given[0],
			Gender: s.Gender, BirthDate: s.BirthDate, BirthPlace: s.BirthPlace, City: s.City, Reliability: s.Reliability,
		})
	}
	return out, nil
}

// insOf gives sex, year, month, birthplace, order and key (contract section 2).
func insOf(p person, order int) string {
	sex := "1"
	if p.female() {
		sex = "2"
	}
	body := sex + p.born.Format("0601") + p.seed.BirthPlace + fmt.Sprintf("%03d", 100+order)
	digits := strings.NewReplacer("2A", "19", "2B", "18").Replace(body)
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s%02d", body, 97-n%97)
}

func (p person) female() bool     { return p.seed.Gender == "female" }
func (p person) birth() time.Time { return p.born }

func (p person) civility() string {
	if p.female() {
		return "Mme"
	}
	return "M."
}

// display is how a letter names somebody.
func (p person) display() string {
	name := p.seed.BirthName
	if p.seed.UsedName != "" {
		name = p.seed.UsedName
	}
	return name + " " + p.seed.Given[0]
}

// years is the age in whole years on a day.
func (p person) years(day time.Time) int {
	n := day.Year() - p.born.Year()
	if day.YearDay() < p.born.YearDay() {
		n--
	}
	return n
}

func (p person) ageAt(day time.Time) string {
	switch n := p.years(day); {
	case n >= 2:
		return fmt.Sprintf("%d ans", n)
	default:
		return fmt.Sprintf("%d mois", int(day.Sub(p.born).Hours()/24/30.44))
	}
}

// e gives the feminine ending where the person is a woman.
func (p person) e() string {
	if p.female() {
		return "e"
	}
	return ""
}

var months = [...]string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}

func frenchDate(t time.Time) string {
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		day = "1er"
	}
	return fmt.Sprintf("%s %s %d", day, months[t.Month()-1], t.Year())
}

// groupedINS prints an INS as people read it: 2 51 03 44 109 101 12.
func groupedINS(v string) string {
	if len(v) != 15 {
		return v
	}
	return strings.Join([]string{v[:1], v[1:3], v[3:5], v[5:7], v[7:10], v[10:13], v[13:]}, " ")
}
