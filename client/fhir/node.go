package fhir

import "slices"

// Kind is the JSON kind of a Node.
type Kind uint8

// The kinds of JSON values.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// Node is a JSON value read strictly. It keeps the order of elements and
// numbers as written, so that what a client stored can go back element for
// element.
type Node struct {
	Kind  Kind
	Text  string   // of a String without escapes; of a Number, Bool or Null as written
	Names []string // keys of an Object, beside Items
	Items []Node   // of an Object or Array
}

// Get gives a member of an object, nil when there is none.
func (n *Node) Get(name string) *Node {
	if n == nil || n.Kind != Object {
		return nil
	}
	for i := range n.Names {
		if n.Names[i] == name {
			return &n.Items[i]
		}
	}
	return nil
}

// At follows names from object to object; an array on the way counts by its
// first item. It gives nil where the path ends early.
func (n *Node) At(path ...string) *Node {
	for _, name := range path {
		if n != nil && n.Kind == Array {
			n = n.first()
		}
		n = n.Get(name)
	}
	return n
}

func (n *Node) first() *Node {
	if len(n.Items) == 0 {
		return nil
	}
	return &n.Items[0]
}

// String gives the text of a String node, "" for any other.
func (n *Node) String() string {
	if n == nil || n.Kind != String {
		return ""
	}
	return n.Text
}

// Set puts a member into an object, in place of one with this name or at the
// end.
func (n *Node) Set(name string, v Node) {
	if old := n.Get(name); old != nil {
		*old = v
		return
	}
	n.Names, n.Items = append(n.Names, name), append(n.Items, v)
}

// Remove takes a member out of an object.
func (n *Node) Remove(name string) {
	if i := slices.Index(n.Names, name); n.Kind == Object && i >= 0 {
		n.Names, n.Items = slices.Delete(n.Names, i, i+1), slices.Delete(n.Items, i, i+1)
	}
}

// Text makes a String node.
func Text(s string) Node { return Node{Kind: String, Text: s} }

// Whole makes a Number node.
func Whole(v int64) Node {
	w := writer{}
	w.integer("", v)
	return Node{Kind: Number, Text: string(w.b[len(`"":`):])}
}

// Object1 makes an Object node of one member.
func Object1(name string, v Node) Node {
	return Node{Kind: Object, Names: []string{name}, Items: []Node{v}}
}

// AppendJSON appends the value as compact JSON.
func (n *Node) AppendJSON(dst []byte) []byte {
	switch n.Kind {
	case String:
		return appendString(dst, n.Text)
	case Array:
		dst = append(dst, '[')
		for i := range n.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = n.Items[i].AppendJSON(dst)
		}
		return append(dst, ']')
	case Object:
		dst = append(dst, '{')
		for i := range n.Items {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, n.Names[i]), ':')
			dst = n.Items[i].AppendJSON(dst)
		}
		return append(dst, '}')
	case Null:
		return append(dst, "null"...)
	}
	return append(dst, n.Text...)
}
