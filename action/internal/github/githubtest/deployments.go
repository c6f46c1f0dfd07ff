package githubtest

// DeploymentState are the deployments of the repository.
type DeploymentState struct{}

func (g *GitHub) deploymentHandlers() handlers { return handlers{} }
