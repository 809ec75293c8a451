package lifecycle

// What letters say: never anything of what a record holds.

const (
	codeFrench = "\nVotre code provisoire : %s\nIl est valable jusqu’au %s inclus, avec votre carte Vitale, à cette adresse :\n%s\n" +
		"Personne ne vous demandera ce code : ne le donnez pas, même au téléphone.\n"
	codeEnglish = "\nYour provisional code: %s\nIt is good until %s, with your Carte Vitale, at this address:\n%s\n" +
		"Nobody will ask you for this code: do not give it, not even by telephone.\n"
	closingFrench  = "\nSi vous n’avez pas internet, ou si vous n’êtes pas à l’origine de cette demande, appelez le support.\n"
	closingEnglish = "\nIf you have no internet, or did not ask for this, call the support.\n"
)

// texts by kind of letter.
var texts = map[string]struct{ subject, french, english string }{
	Announce: {
		"Votre carnet de santé numérique",
		"Un carnet de santé numérique va être créé à votre nom. Vous pouvez l’activer dès maintenant, ou vous y opposer pendant six semaines ; " +
			"sans opposition de votre part, il sera ensuite ouvert. Vous pourrez le clore à tout moment.\n",
		"A digital health record is about to be made for you. You may activate it now, or object within six weeks; if you do not object, it is " +
			"opened after that. You can close it at any time.\n",
	},
	NewCode: {
		"Votre nouveau code provisoire",
		"Voici le nouveau code provisoire de votre carnet de santé numérique. Le précédent n’est plus valable.\n",
		"Here is the new provisional code of your digital health record. The one before is no longer good.\n",
	},
	Object: {
		"Votre opposition est enregistrée",
		"Votre opposition à la création d’un carnet de santé numérique est enregistrée : aucun n’est ouvert à votre nom. Vous pouvez changer d’avis à tout moment.\n",
		"Your objection to a digital health record is recorded: none is opened for you. You can change your mind at any time.\n",
	},
	Withdraw: {
		"Votre carnet de santé numérique est ouvert",
		"Votre opposition est retirée et votre carnet de santé numérique est ouvert.\n",
		"Your objection is withdrawn and your digital health record is open.\n",
	},
	Close: {
		"Votre carnet de santé numérique est clos",
		"Votre carnet de santé numérique est clos : aucun professionnel n’y a plus accès. Il est archivé dix ans ; vous pouvez encore le consulter, " +
			"le rouvrir, ou demander sa suppression définitive.\n",
		"Your digital health record is closed: no professional can reach it any more. It is archived for ten years; you can still read it, open it " +
			"again, or ask for it to be deleted for good.\n",
	},
	EraseAsked: {
		"Votre carnet de santé numérique est supprimé",
		"Comme vous l’avez demandé, votre carnet de santé numérique est supprimé définitivement. Votre compte l’est aussi, sauf si vous accédez avec lui au dossier de quelqu’un d’autre. Nous ne gardons plus votre adresse : " +
			"ce message est le dernier.\n",
		"As you asked, your digital health record is deleted for good. So is your account, unless you reach somebody else’s record with it. We do not keep your address any more: this message is the last.\n",
	},
	Reopen: {
		"Votre carnet de santé numérique est rouvert",
		"Votre carnet de santé numérique est de nouveau ouvert, tel qu’il était.\n",
		"Your digital health record is open again, as it was.\n",
	},
}
