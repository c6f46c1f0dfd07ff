package deployments

// SetPage makes pages short, so that a short ledger has many.
func (l *Ledger) SetPage(deployments int) { l.page = deployments }
