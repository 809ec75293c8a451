// Package widget is the desktop's vocabulary: its theme, its texts, its
// controls, its states. Pages are made of these; they say what happened through
// OnX callbacks and know nothing of what it means.
//
// Start with: Theme (colours and sizes of screens, light and dark), Text and
// Paragraph (every word on the screen), Column, Row, Inset and Panel (the
// 8-point rhythm), Button, Entry, Check, Choice, List (controls), Chip, Banner,
// StatePanel, Skeleton, Sheet, Toast (states), FormatDate, FormatINS … (words of
// the field).
//
// # Keys
//
// The toolkit gives keys to the focused widget alone, and its widgets swallow
// those that they do not use. Ours hand them on: a key that a focused control
// has no use for goes to the canvas's OnTypedKey, a shortcut to the canvas's
// shortcuts; the shell listens there and asks the page (KeyHandler), then the
// window's shortcuts. So F1, Escape, Ctrl+K work wherever the focus is. A
// widget of yours joins with HandKey and HandShortcut. A Sheet takes the
// canvas's keys while it is open.
//
// # Language
//
// The French text is the key: lang.L("Déposer un document"), a literal, with
// {{.Name}} fields where values go; assets/translations/en.json gives the
// English and a test of package ui finds literals that have none. Plural picks
// between two such texts. Use U+00A0 before : ; ? ! and inside numbers (Nbsp).
package widget
