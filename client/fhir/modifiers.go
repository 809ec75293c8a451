package fhir

import "strconv"

// Modifiers finds what changes the meaning of a resource and is not understood
// here: modifierExtension anywhere in it, implicitRules. Whoever does not
// understand one of them must not process the resource (FHIR R4, 2.1.2.2 and
// 2.27.3).
func Modifiers(n *Node) []Issue {
	return appendModifiers(nil, n, n.Get("resourceType").String())
}

func appendModifiers(issues []Issue, n *Node, path string) []Issue {
	if len(issues) >= maxIssues {
		return issues
	}
	for i := range n.Items {
		if n.Kind == Array {
			issues = appendModifiers(issues, &n.Items[i], path+"["+strconv.Itoa(i)+"]")
			continue
		}
		switch name := n.Names[i]; name {
		case "modifierExtension", "implicitRules":
			issues = append(issues, Issue{Invalid, path + "." + name, "Cet élément change le sens de la ressource et n'est pas connu ici : retirez-le."})
		default:
			issues = appendModifiers(issues, &n.Items[i], path+"."+name)
		}
	}
	return issues
}
