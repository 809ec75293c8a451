package httpapi

import "net/http"

// requestAccess answers Patient/[id]/$request-access: the caller asks the
// patient to be let in.
func (c *call) requestAccess() error {
	args, err := c.arguments()
	if err != nil {
		return err
	}
	if err := c.Records.RequestAccess(c.r.Context(), c.p, c.id(), args["words"]); err != nil {
		return err
	}
	c.nothing(http.StatusNoContent)
	return nil
}
