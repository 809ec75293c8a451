// Package consent decides who may do what to a record.
package consent
