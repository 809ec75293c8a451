package pdfview

import "image"

// pictureBytes bounds the pages kept drawn: some six pages of A4 in a large
// window.
const pictureBytes = 48 << 20

// pictureKey names a drawn page.
type pictureKey struct {
	page, rotation int
	scale          int // thousandths of a pixel a point
}

// pictures keeps the pages drawn last. UI goroutine only.
type pictures struct {
	limit int
	bytes int
	order []pictureKey // the one used last stands last
	byKey map[pictureKey]image.Image
}

func newPictures() *pictures {
	return &pictures{limit: pictureBytes, byKey: map[pictureKey]image.Image{}}
}

// get gives a drawn page, or nil.
func (p *pictures) get(k pictureKey) image.Image {
	img, ok := p.byKey[k]
	if !ok {
		return nil
	}
	p.touch(k)
	return img
}

// put keeps a page; the ones used longest ago go when there are too many bytes.
// The page put last stays, however large.
func (p *pictures) put(k pictureKey, img image.Image) {
	if old, ok := p.byKey[k]; ok {
		p.bytes -= weight(old)
	}
	p.byKey[k] = img
	p.bytes += weight(img)
	p.touch(k)
	for p.bytes > p.limit && len(p.order) > 1 {
		oldest := p.order[0]
		p.order = p.order[1:]
		p.bytes -= weight(p.byKey[oldest])
		delete(p.byKey, oldest)
	}
}

// clear drops everything.
func (p *pictures) clear() {
	p.bytes, p.order, p.byKey = 0, nil, map[pictureKey]image.Image{}
}

func (p *pictures) touch(k pictureKey) {
	for i, o := range p.order {
		if o == k {
			p.order = append(p.order[:i], p.order[i+1:]...)
			break
		}
	}
	p.order = append(p.order, k)
}

func weight(img image.Image) int {
	b := img.Bounds()
	return 4 * b.Dx() * b.Dy()
}
