package choose

import "fyne.io/fyne/v2"

// First is where the keyboard belongs while a Person is shown; nil while it is not.
func (f *Person) First() fyne.Focusable {
	switch {
	case f.Strict():
		return f.name
	case f.IsOpen():
		return f.picker.Entry
	}
	return nil
}
