package pdfcheck

import "testing"

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
