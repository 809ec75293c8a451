package fhir

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxMessageText bounds the text of a message, in characters.
const MaxMessageText = 10_000

// maxMessageName bounds the subject of a dialogue, in characters.
const maxMessageName = 200

// CheckMessageText refuses a text that no message may have: nothing but white
// space, more than MaxMessageText characters, what is no UTF-8, control
// characters other than the newline, and marks that turn the direction of
// writing, which show something else than what is written. Markup is text like
// any other. Errors: Invalid.
func CheckMessageText(text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return messageIssue("payload[0].contentString", "Le message est vide : écrivez-le.")
	case utf8.RuneCountInString(text) > MaxMessageText:
		return messageIssue("payload[0].contentString", "Le message dépasse 10 000 caractères : raccourcissez-le.")
	case !utf8.ValidString(text), strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && hiddenMark(r) }):
		return messageIssue("payload[0].contentString", "Le message contient des caractères qui ne s’affichent pas : effacez-les.")
	}
	return nil
}

// CheckMessageName refuses a subject, or the name of a file, that cannot be one:
// as CheckMessageText, in one line of at most 200 characters. Errors: Invalid.
func CheckMessageName(name, element string) error {
	switch {
	case strings.TrimSpace(name) == "":
		return messageIssue(element, "Donnez un objet à l’échange, et un nom au fichier.")
	case utf8.RuneCountInString(name) > maxMessageName:
		return messageIssue(element, "Cet intitulé dépasse 200 caractères : raccourcissez-le.")
	case !utf8.ValidString(name), strings.ContainsFunc(name, hiddenMark):
		return messageIssue(element, "Cet intitulé contient des caractères qui ne s’affichent pas : effacez-les.")
	}
	return nil
}

// hiddenMark tells what cannot be seen and changes what is: control characters,
// line and paragraph separators, and the overrides of direction (Unicode, UAX
// 9), of which a name ending in "fdp.exe" can be made.
func hiddenMark(r rune) bool {
	return unicode.IsControl(r) || r >= 0x2028 && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

func messageIssue(element, message string) error {
	return &Error{Code: Invalid, Message: message, Issues: []Issue{{Code: Invalid, Expression: "Communication." + element, Message: message}}}
}
