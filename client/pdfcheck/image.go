package pdfcheck

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime/debug"
	"time"

	"carnet/client/fhir"
)

// imageVar is the environment variable that makes the program a worker that
// turns one picture into a PDF.
const imageVar = "CARNET_PDFCHECK_IMAGE"

// What turning a picture into a PDF may cost.
const (
	imageSize     = 25 << 20  // bytes of a picture, and of the PDF
	imageRaster   = 140 << 20 // bytes of one decoded page
	imagePages    = 200       // pages of a TIFF
	imageMemory   = 300 << 20 // resident bytes of the worker
	imageSoft     = 200 << 20 // where the collector begins to press
	imagePatience = 30 * time.Second
)

// What a worker answers, before the PDF.
const (
	imageDone   = 'D'
	imageBroken = 'B' // the picture does not read
	imageLarge  = 'L' // more pixels, pages or bytes than allowed
	imageOther  = 'O' // a kind of picture that is not read here
)

var (
	errImageLarge = errors.New("the picture is too large")
	errImageOther = errors.New("this kind of picture is not read")
	errImage      = errors.New("the picture is damaged")
)

// ImagePDF turns a JPEG, PNG or TIFF picture into a PDF: one page for each
// picture in it, of the size that the resolution tells, else A4. A JPEG's
// pixels are embedded as they are, turned as its orientation says; others are
// packed without loss, transparency over white. Of what the file says beside
// its pixels (place, device, hour, owner) nothing is kept. The same picture
// gives the same PDF, which claims PDF/A-1b unless its colours are for print
// (CMYK).
//
// Decoders read foreign bytes: they run in a process of their own, which ends
// when it takes too long or too much. Errors: Invalid (damaged),
// UnsupportedMedia (not such a picture, or a rare kind of one, as a JPEG inside
// a TIFF), TooLarge, Unavailable (no process could be started), Canceled.
func ImagePDF(ctx context.Context, data []byte) ([]byte, error) {
	if ctx.Err() != nil {
		return nil, fhir.Wrap(fhir.Canceled, ctx.Err())
	}
	if len(data) > imageSize {
		return nil, imageError(imageLarge)
	}
	ctx, stop := context.WithTimeout(ctx, imagePatience)
	defer stop()
	cmd := exec.CommandContext(ctx, selfPath())
	cmd.Env = append(workerEnv(), imageVar+"=1", "GOTRACEBACK=none", "GOMAXPROCS=1")
	cmd.Stdin = bytes.NewReader(data)
	out := &bounded{most: imageSize + 1}
	cmd.Stdout = out
	if err := cmd.Start(); err != nil {
		return nil, &fhir.Error{Code: fhir.Unavailable, Message: "La lecture des images n’a pas pu démarrer\u00a0: réessayez dans un instant.", Err: err}
	}
	done := make(chan struct{})
	go watchImage(cmd, done)
	err := cmd.Wait()
	close(done)
	answer := out.Bytes()
	switch {
	case err != nil && errors.Is(ctx.Err(), context.Canceled):
		return nil, fhir.Wrap(fhir.Canceled, ctx.Err())
	case err != nil, len(answer) == 0:
		return nil, imageError(imageLarge) // it was stopped: too long, too much, or it broke down
	case answer[0] != imageDone:
		return nil, imageError(answer[0])
	case out.full:
		return nil, imageError(imageLarge)
	}
	return answer[1:], nil
}

// imageError says what is wrong with a picture, and what to do.
func imageError(answer byte) error {
	switch answer {
	case imageLarge:
		return fhir.E(fhir.TooLarge, "Cette image est trop grande pour devenir un PDF\u00a0: numérisez-la de nouveau à 300 points par pouce.")
	case imageOther:
		return fhir.E(fhir.UnsupportedMedia, "Ce genre d’image ne peut pas devenir un PDF\u00a0: enregistrez-la en JPEG ou en PNG, ou numérisez le document en PDF.")
	}
	return fhir.E(fhir.Invalid, "Cette image est abîmée\u00a0: numérisez le document de nouveau.")
}

// watchImage stops a worker that takes too much memory.
func watchImage(cmd *exec.Cmd, done <-chan struct{}) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			if residentBytes(cmd.Process.Pid) > imageMemory {
				_ = cmd.Process.Kill()
				return
			}
		}
	}
}

// bounded keeps what is written up to a size.
type bounded struct {
	bytes.Buffer
	most int
	full bool
}

// Write implements io.Writer; what is too much is counted as written, and full
// says so.
func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > b.most {
		b.full = true
		return len(p), nil
	}
	return b.Buffer.Write(p)
}

// runImageWorkerIfAsked turns this process into a worker for one picture when
// it was started as one, and then never returns.
func runImageWorkerIfAsked() {
	if _, ok := os.LookupEnv(imageVar); !ok {
		return
	}
	harden()
	debug.SetMemoryLimit(imageSoft)
	time.AfterFunc(imagePatience, func() { os.Exit(exitLimit) })
	data, err := io.ReadAll(io.LimitReader(os.Stdin, imageSize+1))
	if err != nil {
		os.Exit(1)
	}
	pdf, err := imagePDF(data)
	answer := append([]byte{imageDone}, pdf...)
	switch {
	case errors.Is(err, errImageLarge):
		answer = []byte{imageLarge}
	case errors.Is(err, errImageOther):
		answer = []byte{imageOther}
	case err != nil:
		answer = []byte{imageBroken}
	}
	if _, err := os.Stdout.Write(answer); err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// imagePDF turns a picture into a PDF, in this process.
func imagePDF(data []byte) ([]byte, error) {
	if len(data) > imageSize {
		return nil, errImageLarge
	}
	var pages []sheet
	var err error
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xd8, 0xff}):
		pages, err = jpegSheets(data)
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		pages, err = pngSheets(data)
	case bytes.HasPrefix(data, []byte("II*\x00")):
		pages, err = tiffSheets(data, binary.LittleEndian)
	case bytes.HasPrefix(data, []byte("MM\x00*")):
		pages, err = tiffSheets(data, binary.BigEndian)
	default:
		return nil, errImageOther
	}
	if err != nil {
		return nil, err
	}
	pdf := writeSheets(pages, data)
	if len(pdf) > imageSize {
		return nil, errImageLarge
	}
	return pdf, nil
}
