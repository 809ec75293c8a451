package pdfcheck

import (
	"strings"
	"testing"
)

func TestGuessType(t *testing.T) {
	for text, want := range map[string]string{
		"LABORATOIRE DE BIOLOGIE MÉDICALE CERNAY\nCompte rendu d'examens de biologie médicale\nHÉMOGRAMME\nLeucocytes 6,2 G/L Valeurs de référence": "11502-2",
		"Laboratoire Bio-Champagne\nRésultats d'analyses\nGlycémie à jeun 0,98 g/L\nCholestérol 2,1 g/L\nPrélèvement du 12/11/2026":                 "11502-2",
		"Radiologie Erlon\nCOMPTE-RENDU D'IMAGERIE\nIRM du genou droit\nIndication : douleur\nTechnique : séquences T1 et T2":                       "18748-4",
		"Cabinet de radiologie\nScanner thoracique\nIndication : toux. Technique : coupes de 1 mm sans injection. Le radiologue":                    "18748-4",
		"CHU de Reims\nCOMPTE RENDU OPÉRATOIRE\nIntervention : cholécystectomie\nOpérateur : Dr X\nAnesthésie générale":                             "34874-8",
		"CHU de Reims\nCompte rendu d'hospitalisation\nMotif d'hospitalisation : dyspnée\nDate d'entrée 02/11 date de sortie 09/11":                 "34112-3",
		"Lettre de liaison à la sortie\nTraitement de sortie : paracétamol\nHospitalisée du 2 au 9 novembre":                                        "11490-0",
		"Service des urgences\nCompte rendu de passage aux urgences\nMotif de recours : chute":                                                      "15507-7",
		"Maternité\nCompte rendu d'accouchement\nVoie basse, Apgar 10":                                                                              "15508-5",
		"Dr Anne MOREL\nCompte rendu de consultation\nMotif : fatigue\nExamen clinique sans particularité\nConduite à tenir : bilan":                "11488-4",
		"Docteur MOREL\nORDONNANCE\nAmoxicilline 1 g : 1 comprimé matin et soir pendant 6 jours":                                                    "57833-6",
		"Docteur MOREL\nOrdonnance d'examens de biologie\nFaire pratiquer : NFS, TSH":                                                               "PRESC-BIO",
		"Pharmacie du Centre\nFiche de dispensation\nDélivré : METFORMINE 500, quantité délivrée 2":                                                 "60593-1",
		"Pharmacie du Centre\nBilan partagé de médication\nObservance bonne":                                                                        "56445-0",
		"Historique des vaccinations\nDTP rappel 2019\nROR":                                                                                         "11369-6",
		"Note de vaccination\nVaccin grippe, numéro de lot AB12, site d'injection : bras gauche":                                                    "87273-9",
		"CERTIFICAT MÉDICAL\nJe soussignée, docteur Morel, certifie avoir examiné ce jour":                                                          "89601-9",
		"Cher confrère,\nJe vous adresse Mme Martin pour avis. Merci de la recevoir.\nLettre d'adressage":                                           "96349-6",
		"Volet de synthèse médicale\nAntécédents : HTA\nAllergies : pénicilline\nTraitements au long cours":                                         "60591-5",
		"Anatomie et cytologie pathologiques\nExamen macroscopique : biopsie cutanée":                                                               "60568-3",
		"Bonjour, voici la recette de la tarte aux pommes.":                                                                                         "",
		"": "",
	} {
		code, sure := GuessType(text)
		if code != want {
			t.Errorf("%.40q: %s (%.2f), want %s", text, code, sure, want)
		}
		if want != "" && sure < 0.6 {
			t.Errorf("%.40q: right but only %.2f sure", text, sure)
		}
	}
}

// labReport is what a laboratory sends: letterhead, identity, then a title of
// the laboratory's own, and tables.
const labReport = `Laboratoire de l'Estuaire
8 rue des Capucins, 44000 Nantes
Dr Hugo LEFÈVRE
Biologie médicale
RPPS 99700000044
Mme MARTIN Léa
Nom de naissance : MARTIN Prénom : Léa
Née le 28 mars 1979, 47 ans
INS : 2 79 03 51 454 300 32
OID 1.2.250.1.213.1.4.10 (test)
Reims
%s
Acte du 20 novembre 2026
Prescripteur : Dr Anne MOREL
Hématologie
Examen Résultat Unité Valeurs de référence
Leucocytes 11,1 G/L 4,0 à 10,0 élevé
Hémoglobine 16,2 g/dL 12,0 à 16,5
Biochimie
Créatinine 94 µmol/L 50 à 104
CRP 20 mg/L jusqu'à 5 élevé`

// TestGuessTypeIsSureOfWhatIsPlain: a person need not look twice at what says
// plainly what it is, under any letterhead.
func TestGuessTypeIsSureOfWhatIsPlain(t *testing.T) {
	head := "Dr Anne MOREL\nMédecine générale\n12 quai des Tanneurs\nTél. 02 99 00 00 11\nMme MARTIN Léa\nNom de naissance : MARTIN\nNée le 28 mars 1979\nINS : 2 79 03 51 454 300 32\nReims\n"
	for text, want := range map[string]string{
		strings.Replace(labReport, "%s", "Bilan sanguin : numération et biochimie", 1):                                                        "11502-2",
		strings.Replace(labReport, "%s", "Résultats", 1):                                                                                      "11502-2", // by the tables
		head + "Dispensation de médicaments\nDispensation sur ordonnance du Dr MOREL\nParacétamol 1 g 3 boîtes\nNe pas dépasser 3 g par jour": "60593-1",
		head + "Prescription d'examens de biologie\nÀ réaliser à jeun :\nHémogramme, plaquettes\nIonogramme sanguin, créatinine\nTSH":         "PRESC-BIO",
		head + "Ordonnance d'analyses de biologie\nHémogramme\nBilan lipidique":                                                               "PRESC-BIO",
		head + "Schéma dentaire et bilan bucco-dentaire\n38 Dent de sagesse Radiographie panoramique":                                         "83836-7",
		head + "Consultation : lombalgie aiguë\nMotif\nDouleur.\nConclusion\nLombalgie commune. Pas d'imagerie.\nRadiographie non indiquée":   "11488-4",
		head + "Consultation de suivi : diabète de type 2\nHistoire\nDernière HbA1c : 6,9 %. Glycémies entre 1,24 et 1,88 g/L":                "11488-4",
		head + "Consultation d'ophtalmologie\nRéfraction\nŒil Sphère Cylindre Axe":                                                            "78513-9",
		head + "Évaluation postopératoire et note de suivi\nConsultation à 4 semaines\nImagerie de contrôle":                                  "34875-5",
		head + "Compte rendu d'électrocardiogramme et de spirométrie\nExamen Résultat Unité Valeurs de référence\nVEMS 77 % 80 à 120":         "70004-7",
		head + "Radiographie du thorax\nIndication : toux":                                                                                    "18748-4",
		head + "Ordonnance – traitement chronique\nMetformine 1000 mg : 1 comprimé matin et soir":                                             "57833-6",
		head + "Bulletin de situation – attestation de sortie\nAttestation remise pour faire valoir ce que de droit.":                         "86531-1",
		head + "Compte rendu de téléconsultation\nMotif":                                                                                      "85208-7",
	} {
		if code, sure := GuessType(text); code != want || sure < 0.8 {
			t.Errorf("%.60q: %s (%.2f), want %s and sure", strings.TrimPrefix(text, head), code, sure, want)
		}
	}
}

// TestGuessTypeIsNotSureOfWhatIsOnlyMentioned: the same words in a letter or a
// list name other documents.
func TestGuessTypeIsNotSureOfWhatIsOnlyMentioned(t *testing.T) {
	for _, text := range []string{
		"Dr Anne MOREL\nCher confrère,\nMerci de vos soins.\nScanner thoracique : normal\nHémogramme normal\nBien confraternellement",
		"Dr Anne MOREL\nAntécédents\nCholécystectomie 2012\nCompte rendu opératoire joint",
		"À faire :\nRadiographie du thorax",
		"Ordonnance\nHémogramme\nBilan lipidique",
		"Le scanner thoracique du 3 mars montrait une opacité, la radiographie du thorax est normale.",
		"Monsieur,\nOrdonnance",
		"Tarif des examens\nScanner 60 euros.\nIRM 80 euros.",
	} {
		if code, sure := GuessType(text); sure >= 0.8 {
			t.Errorf("%.60q: sure (%.2f) of %s", text, sure, code)
		}
	}
}
