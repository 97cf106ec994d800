// Package classify sorts: it makes documents of the pages of a message and
// says what each is, whose it is and what it says, with a confidence for every
// answer and the place where it stands.
//
//	register := classify.NewRegister(patients)
//	sorter, err := classify.New(classify.Config{}, register)
//	sorted, err := sorter.Sort(ctx, classify.Input{Message: m, Pages: pages})
//
// It promises:
//
//   - Sort is pure: the same pages, register and configuration give the same
//     answer, and nothing outside is touched.
//   - Every page that goes in comes out once: in one Document or with one
//     PageFate. Nothing is dropped because it was not understood; the type
//     "unknown" is a real answer.
//   - What a field holds was read from the page. A character is never changed
//     to make a check digit hold; the changed value is a Proposal.
//   - No reason, note or error holds patient data.
//
// The way through the package: a page's words become rows and cells (sheet),
// rows give phrases (lexicon), numbers, dates and names (facts), the facts of
// neighbouring pages say where documents begin (split), and the facts of a
// document's pages give its type, its fields and its patient (match).
package classify
