package pdfcheck

// wording is one sentence in the two languages of the screens.
type wording struct{ fr, en string }

// messages says every finding in words, each ending in what to do. The spaces
// before French double punctuation are non-breaking.
var messages = map[Code]wording{
	CodeEmpty:        {"Le fichier est vide : exportez-le de nouveau depuis le logiciel d’origine.", "The file is empty: export it again from the software it comes from."},
	CodeTooLarge:     {"Le fichier dépasse 25 Mio : réduisez la résolution des images ou séparez-le en plusieurs documents.", "The file is larger than 25 MiB: lower the resolution of its images or split it into several documents."},
	CodeNotPDF:       {"Ce fichier n’est pas un PDF : choisissez un autre fichier ou imprimez-le en PDF.", "This file is not a PDF: choose another file or print it to PDF."},
	CodeTruncated:    {"La fin du fichier manque, sans doute une copie interrompue : copiez-le ou exportez-le de nouveau.", "The end of the file is missing, probably an interrupted copy: copy or export it again."},
	CodeUnreadable:   {"Ce PDF est endommagé et ne peut pas être lu : exportez-le de nouveau ou imprimez-le en PDF.", "This PDF is damaged and cannot be read: export it again or print it to PDF."},
	CodeEncrypted:    {"Ce PDF est protégé par un mot de passe ou chiffré : demandez une version sans protection.", "This PDF is encrypted or protected by a password: ask for a version without protection."},
	CodeScript:       {"Ce PDF contient un script (JavaScript), interdit dans un dossier : imprimez-le en PDF puis déposez le résultat.", "This PDF carries a script (JavaScript), which a record refuses: print it to PDF and file the result."},
	CodeLaunch:       {"Ce PDF peut lancer un programme, ce qui est interdit : imprimez-le en PDF puis déposez le résultat.", "This PDF can start a program, which is refused: print it to PDF and file the result."},
	CodeImportData:   {"Ce PDF peut lire un fichier de l’ordinateur, ce qui est interdit : imprimez-le en PDF puis déposez le résultat.", "This PDF can read a file of the computer, which is refused: print it to PDF and file the result."},
	CodeSubmitForm:   {"Ce PDF peut envoyer des données ailleurs, ce qui est interdit : imprimez-le en PDF puis déposez le résultat.", "This PDF can send data elsewhere, which is refused: print it to PDF and file the result."},
	CodeExecutable:   {"Ce PDF transporte un programme en pièce jointe : déposez une version sans pièce jointe.", "This PDF carries an attached program: file a version without attachment."},
	CodeRichMedia:    {"Ce PDF contient un média actif (Flash), interdit : imprimez-le en PDF puis déposez le résultat.", "This PDF carries active media (Flash), which is refused: print it to PDF and file the result."},
	CodePolyglot:     {"Ce fichier est à la fois un PDF et autre chose (page web, archive ou programme) : imprimez-le en PDF puis déposez le résultat.", "This file is a PDF and something else at once (web page, archive or program): print it to PDF and file the result."},
	CodeTooManyPages: {"Ce PDF a plus de 2 000 pages : séparez-le en plusieurs documents.", "This PDF has more than 2,000 pages: split it into several documents."},
	CodeTooMany:      {"Ce PDF est construit de trop d’éléments pour être vérifié : imprimez-le en PDF puis déposez le résultat.", "This PDF is built of too many parts to be checked: print it to PDF and file the result."},
	CodeNesting:      {"Ce PDF est construit de façon anormale (imbrication) : imprimez-le en PDF puis déposez le résultat.", "This PDF is built abnormally (nesting): print it to PDF and file the result."},
	CodeBomb:         {"Ce PDF se déploie en un volume anormal : imprimez-le en PDF puis déposez le résultat.", "This PDF unfolds into an abnormal volume: print it to PDF and file the result."},
	CodeOpaque:       {"Une partie de ce PDF ne peut pas être inspectée : imprimez-le en PDF puis déposez le résultat.", "A part of this PDF cannot be inspected: print it to PDF and file the result."},
	CodeCostly:       {"La lecture de ce PDF a demandé trop de temps ou de mémoire : imprimez-le en PDF puis déposez le résultat.", "Reading this PDF took too much time or memory: print it to PDF and file the result."},
	CodeNoPDFA:       {"Ce PDF ne se déclare pas PDF/A-1, le format d’archivage demandé : préférez l’export PDF/A de votre logiciel.", "This PDF does not claim PDF/A-1, the archival format asked for: prefer the PDF/A export of your software."},
	CodeRepaired:     {"Ce PDF est lisible mais mal construit : vérifiez qu’il s’affiche bien en entier.", "This PDF is readable but badly built: check that all of it is shown."},
	CodePartly:       {"Ce PDF est trop long pour être dessiné en entier ici : vérifiez qu’il s’affiche jusqu’à la fin.", "This PDF is too long to be drawn whole here: check that it is shown to its end."},
	CodeHeaderOffset: {"Ce PDF commence par des octets étrangers : vérifiez qu’il s’affiche bien en entier.", "This PDF begins with foreign bytes: check that all of it is shown."},
	CodeTrailing:     {"Ce PDF est suivi d’octets étrangers : vérifiez qu’il s’affiche bien en entier.", "This PDF is followed by foreign bytes: check that all of it is shown."},
	CodeAttachment:   {"Ce PDF contient une pièce jointe, que le lecteur du dossier peut ne pas voir : déposez-la à part si elle importe.", "This PDF carries an attachment that a reader of the record may not see: file it apart if it matters."},
	CodeMedia:        {"Ce PDF contient un son, un film ou un objet 3D qui ne sera pas montré : déposez-le à part s’il importe.", "This PDF carries a sound, a film or a 3D object that will not be shown: file it apart if it matters."},
	CodeForm:         {"Ce PDF est un formulaire XFA, que peu de lecteurs montrent : imprimez-le en PDF puis déposez le résultat.", "This PDF is an XFA form, which few readers show: print it to PDF and file the result."},
}
