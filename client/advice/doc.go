// Package advice tells what is worth a second look at a patient: interactions
// between treatments, allergies against a treatment, a treatment given twice, an
// examination done already, a vaccination due. It decides nothing: it is an aid,
// and every answer says so, with the edition of its table and the rule it cites.
//
// How it is used. Everything is a pure function over what it is given; nothing is
// fetched, so a warning rests on nothing that its reader may not read: give it
// only what this reader read. CurrentThesaurus().Check(names) tells interactions
// and duplicates, Allergies.Check allergies, PastExaminations what was done,
// CurrentCalendar().Due vaccinations. Each answer is a Report: Warnings, worst
// first, and Unverified, what could not be checked and why. Words (words.go) are
// French and English; codes are for whoever shows them otherwise.
//
// Never green. No answer here says that something is safe, complete or up to
// date. An empty list of warnings means that no rule of the table speaks of it;
// Limits says that in words and belongs under every list.
//
// What it does not know.
//   - The thesaurus of interactions is the one of September 2019 (data/SOURCES.md).
//     Substances that came later are "non vérifié"; an administrator loads a newer
//     file with Load. It speaks of pairs, not of doses, routes, kidneys, ages or
//     pregnancy; where a level depends on these, all levels are told, worst first.
//   - A name is recognised when it is a substance of the table, in whatever accents,
//     case, order and salt it is written, also with the maker that a box names
//     (names.go). Nothing is guessed: a misspelt name is not verified. A brand of the
//     table is compared by what it is known to hold, told as a brand, and stays "non
//     vérifié": its name outlives changes of what is in the box.
//   - Allergies are compared by a small table of families. A cross-reaction is told
//     as possible. What is written in free words and not in the table is not verified.
//   - Examinations are recognised by type, event code, LOINC code and words of the
//     title. A report that names none of these is not recognised.
//   - The calendar of vaccinations is the simple part of the French one: birth date,
//     month of the year and what is recorded. What depends on a disease, a pregnancy,
//     work, travel or a risk (BCG, hepatitis A and B after infancy, RSV before 75),
//     catch-up schemes and refusals are for the professional, and the screen says so. When nothing
//     of a vaccine is recorded, it is "non vérifié": it may have been given and not
//     written here.
//
// Loading. Files of an administrator are read strictly (table.go): a heading,
// UTF-8, a bounded size; every fault is told by its line, and a file with one
// fault is refused whole.
package advice
