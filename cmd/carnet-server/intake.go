package main

import (
	"flag"
	"time"

	"carnet/cmd/carnet-server/internal/record"
)

// intakeOptions are how much the server takes in at once; beyond it senders are
// told when to come back (429 with Retry-After).
type intakeOptions struct {
	filings, senderFilings, senderRate int
	spool, senderSpool                 byteSize
	checks, queue                      int
	wait                               time.Duration
}

func (o *intakeOptions) flags(set *flag.FlagSet) {
	d := record.DefaultIntake()
	o.spool, o.senderSpool = byteSize(d.Bytes), byteSize(d.SenderBytes)
	set.IntVar(&o.filings, "intake", d.Filings, "documents and submission sets on their way in at once; more are told to come back later")
	set.Var(&o.spool, "intake-bytes", "how much their contents may take in the spool folder of the data directory, as 8GiB")
	set.IntVar(&o.senderFilings, "sender-intake", d.SenderFilings, "how many of them one person or system may have on their way")
	set.Var(&o.senderSpool, "sender-intake-bytes", "how much the contents of one person or system may take")
	set.IntVar(&o.senderRate, "sender-rate", d.SenderRate, "documents a second that one person or system may file, for long; twice as many at once")
	set.IntVar(&o.checks, "checks", d.Checks, "PDF files that are checked at once, each in a process of its own of up to 280 MiB")
	set.IntVar(&o.queue, "check-queue", d.Waiting, "PDF files that may wait for their check")
	set.DurationVar(&o.wait, "check-wait", d.Patience, "how long a document waits for its check before its sender is told to come back later; a submission set eight times as long")
}

// sound tells that nothing is zero or less: it would take nothing in.
func (o *intakeOptions) sound() bool {
	return min(o.filings, o.senderFilings, o.senderRate, o.checks, o.queue) > 0 && o.wait > 0
}

func (o *intakeOptions) intake() record.Intake {
	return record.Intake{
		Filings: o.filings, Bytes: int64(o.spool), SenderFilings: o.senderFilings, SenderBytes: int64(o.senderSpool), SenderRate: o.senderRate,
		Checks: o.checks, Waiting: o.queue, Patience: o.wait,
	}
}
