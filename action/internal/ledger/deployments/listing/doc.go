// Package listing reads lists of deployments and of their statuses, which the REST API gives in pages that shift while they are read. It
// knows nothing of what they say.
package listing
