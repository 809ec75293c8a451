package idp

// texts are the words of the login page. Every key is in both languages.
var texts = map[string]map[string]string{
	"fr": {
		"title":     "Connexion",
		"lead":      "Dossier de santé : accès réservé aux professionnels.",
		"login":     "Identifiant",
		"password":  "Mot de passe",
		"submit":    "Se connecter",
		"demo":      "Comptes de démonstration",
		"demoLead":  "Des personnes fictives, sans mot de passe. Choisissez-en une.",
		"wrong":     "Identifiant ou mot de passe incorrect. Vérifiez-les, puis recommencez.",
		"throttled": "Trop d'essais. Attendez avant de recommencer. Délai en minutes :",
		"gone":      "Cette page de connexion n'est plus valable. Retournez dans l'application et demandez à nouveau la connexion.",
		"down":      "La connexion n'a pas pu aboutir. Recommencez dans un instant.",
		"signedOut": "Vous êtes déconnecté. Vous pouvez fermer cette page.",
		"other":     "English",
	},
	"en": {
		"title":     "Sign in",
		"lead":      "Health record: for professionals only.",
		"login":     "Login",
		"password":  "Password",
		"submit":    "Sign in",
		"demo":      "Demonstration accounts",
		"demoLead":  "Fictional people, without a password. Choose one.",
		"wrong":     "Wrong login or password. Check them and try again.",
		"throttled": "Too many attempts. Wait before you try again. Minutes to wait:",
		"gone":      "This sign-in page is no longer valid. Go back to the application and ask to sign in again.",
		"down":      "The sign-in could not be completed. Try again in a moment.",
		"signedOut": "You are signed out. You can close this page.",
		"other":     "Français",
	},
}
