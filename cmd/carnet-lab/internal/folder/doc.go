// Package folder is what carnet-lab does to the laboratory's folder: it finds
// the files that are complete, and moves those that are done with. It knows
// nothing of what is in them.
//
// A Watcher looks at a folder again and again (no notification of the system is
// relied upon: on network shares there is none) and gives the files whose size
// and time have stayed the same. Plan chooses where a file is to go, under a name
// that nothing has; Move takes it there and never overwrites: a place is taken by
// an empty file of ours first, and only that is replaced. A Move that was cut
// short, by a crash or a power cut, is done again with the same Plan and comes to
// the same. Between two devices the bytes are copied, synced and compared before
// the first file is removed.
package folder
